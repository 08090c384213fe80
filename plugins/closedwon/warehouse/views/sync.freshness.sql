-- How old the warehouse's picture of each object is.
--
-- mapping: Name of the mapping file.
-- watermark_at: End of the last span that is wholly written, by the org's clock.
-- age: Time that has passed since then.

SELECT mapping, at AS watermark_at, now() - at AS age
  FROM sync.watermark
