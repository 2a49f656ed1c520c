/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holds another sched_ext scheduler: attaches the object given, says "attached", and keeps it until
 * its standard input ends.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_link *link;
	struct bpf_map *map;

	if (argc != 2) {
		fputs("usage: hold-sched OBJECT\n", stderr);
		return 2;
	}
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object) < 0) {
		fprintf(stderr, "%s cannot be loaded: %s\n", argv[1], strerror(errno));
		return 1;
	}
	map = bpf_object__next_map(object, NULL);
	link = map ? bpf_map__attach_struct_ops(map) : NULL;
	if (!link) {
		fprintf(stderr, "%s cannot be attached: %s\n", argv[1], strerror(errno));
		bpf_object__close(object);
		return 1;
	}
	puts("attached");
	fflush(stdout);
	while (getchar() != EOF)
		;
	bpf_link__destroy(link);
	bpf_object__close(object);
	return 0;
}
