/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What stats and plot make of counters and waits.
 */
#include <errno.h>
#include <stdlib.h>

#include "ctl/histograms.h"
#include "ctl/metrics.h"
#include "ctl/snapshot.h"
#include "tests/test.h"
#include "tests/unit/tree.h"

static struct tree tree;

static const char *name(const char *from)
{
	static char buf[64];

	metrics_name(buf, sizeof(buf), from);
	return buf;
}

static void metrics_have_names_of_their_kind(void)
{
	CHECK_STR(name("DirectDispatches"), "direct_dispatches");
	CHECK_STR(name("RTReenqueues"), "rt_reenqueues");
	CHECK_STR(name("HandOvers"), "hand_overs");
	CHECK_STR(name("Interactive"), "interactive");
	CHECK_STR(name("StaleTunables"), "stale_tunables");
}

static struct snapshot sample(void)
{
	struct snapshot s = { .time_usec = 2000000, .since_usec = 1000000, .uptime_usec = 900000,
			      .state = "running", .profile = "a\"b\\c\nd", .version = "1",
			      .kernel = "6.18" };

	for (unsigned c = 0; c < _BPFLAND_COUNTER_MAX; c++)
		s.counter[c] = 100 + c;
	s.latency[BPFLAND_CLASS_OTHER] = (struct bpfland_latency){
		.bucket = { 5, 0, 3, [BPFLAND_LATENCY_BUCKETS - 1] = 2 },
		.sum_ns = 1234567000, .max_ns = 9000000000,
	};
	return s;
}

static const char *metrics(enum metrics_format format)
{
	static char text[65536];
	struct snapshot s = sample();
	FILE *file = fmemopen(text, sizeof(text), "w");

	metrics_write(file, &s, format);
	fclose(file);
	return text;
}

static void buckets_are_cumulative_and_in_seconds(void)
{
	const char *m = metrics(METRICS_OPENMETRICS);

	CHECK_NAMES(m, "bpfland_wake_latency_seconds_bucket{class=\"other\",le=\"0.000001\"} 5\n");
	CHECK_NAMES(m, "bpfland_wake_latency_seconds_bucket{class=\"other\",le=\"0.000002\"} 5\n");
	CHECK_NAMES(m, "bpfland_wake_latency_seconds_bucket{class=\"other\",le=\"0.000004\"} 8\n");
	CHECK_NAMES(m, "bpfland_wake_latency_seconds_bucket{class=\"other\",le=\"4.194304\"} 8\n");
	CHECK_NAMES(m, "bpfland_wake_latency_seconds_bucket{class=\"other\",le=\"+Inf\"} 10\n");
	CHECK_NAMES(m, "bpfland_wake_latency_seconds_sum{class=\"other\"} 1.234567\n");
	CHECK_NAMES(m, "bpfland_wake_latency_seconds_count{class=\"other\"} 10\n");
	CHECK_NAMES(m, "bpfland_wake_latency_seconds_count{class=\"background\"} 0\n");
}

static void the_two_formats_differ_where_they_have_to(void)
{
	const char *m = metrics(METRICS_OPENMETRICS);

	CHECK_NAMES(m, "# TYPE bpfland_preemptions counter\n");
	CHECK_NAMES(m, "\nbpfland_preemptions_total 105\n");
	CHECK_NAMES(m, "# UNIT bpfland_wake_latency_seconds seconds\n");
	CHECK_NAMES(m, "# TYPE bpfland_build info\n");
	CHECK_STR(m + strlen(m) - 7, "\n# EOF\n");
	m = metrics(METRICS_PROMETHEUS);
	CHECK_NAMES(m, "# TYPE bpfland_preemptions_total counter\n");
	CHECK_NAMES(m, "\nbpfland_preemptions_total 105\n");
	CHECK_NAMES(m, "# TYPE bpfland_build_info gauge\n");
	CHECK(!strstr(m, "# UNIT") && !strstr(m, "# EOF"));
}

static void labels_are_escaped(void)
{
	CHECK_NAMES(metrics(METRICS_OPENMETRICS),
		    "bpfland_active_profile{profile=\"a\\\"b\\\\c\\nd\"} 1\n");
}

static void what_lies_between_is_told(void)
{
	struct snapshot a = sample(), b = a, d;

	b.time_usec += 1000000;
	b.counter[BPFLAND_COUNTER_YIELDS] += 7;
	b.latency[BPFLAND_CLASS_OTHER].bucket[3] += 4;
	b.latency[BPFLAND_CLASS_OTHER].sum_ns += 20000;
	snapshot_between(&d, &a, &b);
	CHECK_EQ(d.counter[BPFLAND_COUNTER_YIELDS], 7);
	CHECK_EQ(d.counter[BPFLAND_COUNTER_PREEMPTIONS], 0);
	CHECK_EQ(d.latency[BPFLAND_CLASS_OTHER].bucket[3], 4);
	CHECK_EQ(d.latency[BPFLAND_CLASS_OTHER].bucket[0], 0);
	CHECK_EQ(d.latency[BPFLAND_CLASS_OTHER].sum_ns, 20000);
	/* The longest of these is not known, but it was below its bucket's bound. */
	CHECK_EQ(d.latency[BPFLAND_CLASS_OTHER].max_ns, 8000);
	/* The service was started anew: everything is new. */
	b.since_usec++;
	snapshot_between(&d, &a, &b);
	CHECK_EQ(d.counter[BPFLAND_COUNTER_YIELDS], b.counter[BPFLAND_COUNTER_YIELDS]);
}

static void saved_files_are_read_or_refused(void)
{
	struct snapshot s;
	struct error e = {};

	tree_write(&tree, "no.json", "{\"State\": \"running\"}");
	CHECK_EQ(snapshot_load(&s, tree_path(&tree, "no.json"), &e), -EINVAL);
	CHECK_NAMES(e.message, "no.json");
	CHECK_NAMES(e.message, "stats -j");
	tree_write(&tree, "old.json", "{\"Manager\": {}, \"Statistics\": {}, \"Latency\": "
				      "{\"Interactive\": {\"Buckets\": [1, 2]}}}");
	CHECK_EQ(snapshot_load(&s, tree_path(&tree, "old.json"), &e), -EINVAL);
	CHECK_NAMES(e.message, "Latency.Interactive.Buckets");
	CHECK(snapshot_load(&s, tree_path(&tree, "gone.json"), &e) < 0);
	CHECK_NAMES(e.message, "gone.json");
}

static void the_picture_says_what_it_shows(void)
{
	struct series series[2] = { { "before & after", sample() }, { "<now>", sample() } };
	static char text[262144];
	FILE *file = fmemopen(text, sizeof(text), "w");

	histograms_draw(file, series, 2);
	fclose(file);
	CHECK_NAMES(text, "<title id=\"title\">How long woken tasks waited for a CPU</title>");
	CHECK_NAMES(text, "before &amp; after, Other: p50 1us");
	CHECK_NAMES(text, "&lt;now&gt;");
	CHECK_NAMES(text, "under 1us: 5 waits, 50.00 %");
	CHECK_NAMES(text, "Interactive: no waits");
	CHECK_STR(text + strlen(text) - 7, "</svg>\n");
}

int main(void)
{
	tree_make(&tree);
	RUN(metrics_have_names_of_their_kind);
	RUN(buckets_are_cumulative_and_in_seconds);
	RUN(the_two_formats_differ_where_they_have_to);
	RUN(labels_are_escaped);
	RUN(what_lies_between_is_told);
	RUN(saved_files_are_read_or_refused);
	RUN(the_picture_says_what_it_shows);
	tree_remove(&tree);
	return TEST_RESULT();
}
