"""PDF with a text layer: glyphs, their tags or their layout, and the parts they show. Nothing of a file runs."""
