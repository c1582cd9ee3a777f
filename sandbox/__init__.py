"""The practice core: a centre's SOAP server of its own, over SQLite. It knows the WSDL and nothing of `bff`."""
