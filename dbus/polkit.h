/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * org.freedesktop.PolicyKit1.Authority: how a question is put, and what its answers mean.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

enum polkit_verdict {
	POLKIT_NONE,	  /* not asked yet */
	POLKIT_ALLOWED,
	POLKIT_DENIED,	  /* and no password would change that */
	POLKIT_CHALLENGE, /* a password would do, but nobody was asked for one */
	POLKIT_DISMISSED, /* somebody was asked, and does not want to */
	POLKIT_ABSENT,	  /* there is no polkit here */
	POLKIT_BROKEN,	  /* it ended, or failed; its sentence says how */
	POLKIT_SILENT,	  /* no answer in time; never made from an answer */
};

/*
 * May @sender, a unique name, do @action? Each question of one connection has an @id of its own.
 * @interactive: polkit may ask a person. The answer is waited for as long as polkit has it under
 * way, so it is for the caller to lose patience.
 */
int polkit_check(sd_bus *bus, sd_bus_slot **ret_slot, const char *sender, const char *action,
		 bool interactive, uint64_t id, sd_bus_message_handler_t answered, void *userdata);

/* The answer is not wanted any more: dialogs close. polkit still answers. */
void polkit_cancel(sd_bus *bus, uint64_t id);

/* @reason gets a sentence if the verdict is POLKIT_BROKEN, else "". */
enum polkit_verdict polkit_verdict(sd_bus_message *answer, char *reason, size_t size);
