"""How a site is described: strict YAML with line numbers, schemas, building; and the library we ship."""
