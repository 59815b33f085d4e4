"""Floor 4: from one set of definitions to the next: plan and apply."""
