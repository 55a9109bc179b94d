-- What stands beside a change between two stretches. Asked of the published file.

-- name: points
-- The published points of single periods, whatever the estimate.
SELECT estimate, prevalence, lower, upper FROM theme_trend
WHERE theme = ? AND measure = ? AND period = ? AND period_start = ? AND source IS NULL AND estimate <> 'crude'
ORDER BY estimate DESC;

-- name: topic_points
SELECT estimate, prevalence, lower, upper FROM topic_trend
WHERE topic_id = ? AND measure = ? AND period = ? AND period_start = ? AND source IS NULL AND estimate <> 'crude'
ORDER BY estimate DESC;
