"""What people are told, in the way that each of them has chosen: on the site, and by email."""
