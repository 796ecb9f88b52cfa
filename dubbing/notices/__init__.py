"""Who is told what of an event: notices in the portal, and the emails that follow them."""
