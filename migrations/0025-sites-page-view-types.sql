-- The types of events that reports count as page views.
ALTER TABLE sites ADD COLUMN page_view_types TEXT[] NOT NULL DEFAULT '{page_view,pageview}';
