"""What tests run on: servers, cores, services and browsers, started and stopped."""
