"""Documents that are a zip of XML parts: unpacked and parsed by the standard library alone, under limits."""
