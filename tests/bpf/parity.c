/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy.h gives the same, to the bit, whether the kernel runs it or a native program does: each
 * function on 100,000 random inputs, extremes among them.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdlib.h>

#include "tests/bpf/guest.h"
#include "tests/bpf/parity.h"
#include "parity.skel.h"

#define INPUTS 100000
#define SEED 1

#define X(name, call)                                                                            \
	static void native_##name(struct parity_case *at)                                        \
	{                                                                                        \
		at->result = (call);                                                             \
	}
PARITY_FUNCTIONS(X)
#undef X

static const struct {
	const char *name;
	void (*run)(struct parity_case *at);
} functions[] = {
#define X(name, call) { "parity_" #name, native_##name },
	PARITY_FUNCTIONS(X)
#undef X
};

#define N_FUNCTIONS (sizeof(functions) / sizeof(functions[0]))

/* One number in a case: where it is, and what is allowed there. */
struct leaf {
	char name[64];
	u32 offset, size;
	u64 values;		/* 0 … values - 1 only; 0: any */
};

static struct leaf leaves[128];
static size_t nr_leaves;

/*
 * Fields are found by the program's BTF, so that one that is new in policy.h is random, too. Enums
 * count from 0; a bool that is neither 0 nor 1 would mean anything.
 */
static void find_leaves(const struct btf *btf, u32 id, u32 offset, const char *name)
{
	const struct btf_type *t = btf__type_by_id(btf, (u32)btf__resolve_type(btf, id));
	struct leaf *leaf;
	char text[64];

	if (btf_is_struct(t)) {
		for (u32 i = 0; i < btf_vlen(t); i++) {
			const struct btf_member *m = btf_members(t) + i;

			snprintf(text, sizeof(text), "%.40s%s%.20s", name, *name ? "." : "",
				 btf__name_by_offset(btf, m->name_off));
			find_leaves(btf, m->type, offset + btf_member_bit_offset(t, i) / 8, text);
		}
		return;
	}
	if ((!btf_is_int(t) && !btf_is_any_enum(t)) ||
	    nr_leaves == sizeof(leaves) / sizeof(leaves[0])) {
		fprintf(stderr, "%s: neither number, enum, bool nor struct, or too many\n", name);
		exit(1);
	}
	leaf = &leaves[nr_leaves++];
	snprintf(leaf->name, sizeof(leaf->name), "%s", name);
	leaf->offset = offset;
	leaf->size = t->size;
	if (btf_is_any_enum(t))
		leaf->values = btf_vlen(t);
	else if (btf_int_encoding(t) & BTF_INT_BOOL)
		leaf->values = 2;
}

/* xorshift64*: the same inputs in every run. */
static u64 random_next(void)
{
	static u64 state = SEED;

	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1d;
}

/* Extremes, what is close to another value, weights, and numbers of every length. */
static u64 random_value(void)
{
	static const u64 extremes[] = {
		0, 1, 2, 100, 10000, 10001, 1ULL << 31, ~0U, 1ULL << 32, 1ULL << 36,
		(1ULL << 63) - 1, 1ULL << 63, (1ULL << 63) + 1, ~0ULL - 1, ~0ULL,
	};
	static u64 last;
	u64 r = random_next();

	switch (r % 8) {
	case 0:
	case 1:
		last = extremes[(r >> 8) % (sizeof(extremes) / sizeof(extremes[0]))];
		return last;
	case 2:
	case 3:
		return last + ((r >> 8) % 5) - 2;
	case 4:
		return last + ((r >> 8) & 0xffffff) - 0x7fffff;
	case 5:
		return 1 + (r >> 8) % 10000;
	default:
		last = random_next() >> ((r >> 8) % 64);
		return last;
	}
}

static void fill(struct parity_case *cases)
{
	memset(cases, 0, PARITY_CASES * sizeof(*cases));
	for (u32 i = 0; i < PARITY_CASES; i++)
		for (size_t l = 0; l < nr_leaves; l++) {
			u64 v = random_value();

			if (leaves[l].values)
				v %= leaves[l].values;
			memcpy((char *)&cases[i] + leaves[l].offset, &v, leaves[l].size);
		}
}

static u64 value_at(const struct parity_case *at, const struct leaf *l)
{
	u64 v = 0;

	memcpy(&v, (const char *)at + l->offset, l->size);
	return v;
}

static void explain(const char *function, const struct parity_case *in,
		    const struct parity_case *native, const struct parity_case *bpf)
{
	fprintf(stderr, "%s differs; the input, what is native, what BPF has:\n", function);
	for (size_t l = 0; l < nr_leaves; l++) {
		u64 n = value_at(native, &leaves[l]), b = value_at(bpf, &leaves[l]);

		fprintf(stderr, "  %c %-32s %016" PRIx64 " %016" PRIx64 " %016" PRIx64 "\n",
			n == b ? ' ' : '!', leaves[l].name,
			(uint64_t)value_at(in, &leaves[l]), (uint64_t)n, (uint64_t)b);
	}
}

/* One function on what is in @in; false if it differs. @native is room for as many. */
static bool compare(struct parity_bpf *skel, size_t function, const struct parity_case *in,
		    struct parity_case *native)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	struct parity_case *bpf = skel->bss->cases;
	struct bpf_program *prog;

	memcpy(native, in, PARITY_CASES * sizeof(*in));
	memcpy(bpf, in, PARITY_CASES * sizeof(*in));
	for (u32 i = 0; i < PARITY_CASES; i++)
		functions[function].run(&native[i]);
	prog = bpf_object__find_program_by_name(skel->obj, functions[function].name);
	CHECK_EQ(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), 0);
	CHECK_EQ(opts.retval, 0);
	for (u32 i = 0; i < PARITY_CASES; i++)
		if (memcmp(&native[i], &bpf[i], sizeof(*bpf)) != 0) {
			explain(functions[function].name, &in[i], &native[i], &bpf[i]);
			test_failures++;
			return false;
		}
	return true;
}

static void test_equal_to_the_bit(void)
{
	struct parity_bpf *skel = parity_bpf__open_and_load();
	struct parity_case *in = calloc(PARITY_CASES, sizeof(*in));
	struct parity_case *native = calloc(PARITY_CASES, sizeof(*native));
	bool differs[N_FUNCTIONS] = {};
	const struct btf *btf;
	u32 done = 0;

	CHECK(skel && in && native);
	if (test_failures)
		exit(1);
	btf = bpf_object__btf(skel->obj);
	find_leaves(btf, (u32)btf__find_by_name_kind(btf, "parity_case", BTF_KIND_STRUCT), 0, "");
	for (; done < INPUTS; done += PARITY_CASES) {
		fill(in);
		for (size_t i = 0; i < N_FUNCTIONS; i++)
			if (!differs[i])
				differs[i] = !compare(skel, i, in, native);
	}
	printf("%zu functions, %u inputs each, %zu numbers per input\n", N_FUNCTIONS, done,
	       nr_leaves);
	parity_bpf__destroy(skel);
	free(in);
	free(native);
}

int main(void)
{
	guest_require(1);
	RUN(test_equal_to_the_bit);
	return TEST_RESULT();
}
