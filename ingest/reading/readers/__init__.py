"""One module a format, each giving a Draft. Readers take bytes and open nothing."""
