"""Pure helpers of the portal: formatting, colours, search text, paging. No database here."""
