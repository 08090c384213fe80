-- How old the warehouse's picture of each object is. Times are shown in the time zone of your session.
--
-- mapping: Id of the mapping: the key `id` of its file, or the file's name.
-- watermark_at: End of the last span that is wholly written, by the org's clock.
-- age: Time that has passed since then.

SELECT w.mapping, w.at AS watermark_at, now() - w.at AS age
  FROM sync.watermark w
  JOIN sync.mapping m ON m.mapping = w.mapping AND m.flow = 'import'
