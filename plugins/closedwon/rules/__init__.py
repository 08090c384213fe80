"""Which records become projects, with which template, and why the others do not. Pure."""
