"""What the centre knows and decides: frozen records and pure functions. No I/O, no clock, no SOAP names."""
