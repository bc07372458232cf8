"""What a mail says and brings, by computing only: words, subject, parts, links, and who must not be answered."""
