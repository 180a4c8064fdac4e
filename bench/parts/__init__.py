"""Parts of the product, each alone in a process of its own: what it does when nothing else asks for the processor."""
