"""OpenDocument texts (.odt, .fodt) to a draft: headings, lists, tables and notes as they are printed."""
