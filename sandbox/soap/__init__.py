"""SOAP over HTTP by the WSDL: messages in and out, WS-Security, faults on demand."""
