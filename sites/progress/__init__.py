"""What a site does and what comes of it: its delivery, evidence, outcomes and units."""
