"""Tests of the practice core: its book, its SOAP, its faults, its pages."""
