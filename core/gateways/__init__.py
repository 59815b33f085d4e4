"""Floor 4: what comes from and goes to the outside: files today; mail, HTTP and push belong here too."""
