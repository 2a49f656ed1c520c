/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * org.bpfland1.Manager: the life of the scheduler and its profiles.
 */
#include "dbus/objects.h"

#include <string.h>

#include "daemon/manager.h"
#include "dbus/authorize.h"
#include "dbus/claims.h"
#include "dbus/errors.h"
#include "dbus/names.h"
#include "dbus/shown.h"
#include "dbus/try.h"
#include "dbus/values.h"

/* Start, Stop, Restart and Reload differ in their name and in the wish that they are. */
static int wish(sd_bus_message *message, struct manager *m, const char *what,
		int (*wanted)(struct manager *m, struct error *err), sd_bus_error *ret_error)
{
	struct error err = {};
	int r;

	r = authorize(message, ACTION_MANAGE_SCHEDULER, what, ret_error);
	if (r <= 0)
		return r;
	r = wanted(m, &err);
	return errors_answer(message, r, &err, ret_error);
}

static int method_start(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	return wish(message, userdata, "starting the scheduler", manager_sched_start, ret_error);
}

static int method_stop(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	return wish(message, userdata, "stopping the scheduler", manager_sched_stop, ret_error);
}

static int method_restart(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	return wish(message, userdata, "restarting the scheduler", manager_sched_restart,
		    ret_error);
}

static int method_reload(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	return wish(message, userdata, "reloading the configuration", manager_reload, ret_error);
}

/* SetProfile and writing Profile are the same: the name comes next. Positive when done. */
static int set_profile(sd_bus_message *message, struct manager *m, sd_bus_error *ret_error)
{
	struct error err = {};
	const char *name = NULL;
	int r;

	TRY(value_read_profile(message, m, &name, ret_error));
	r = authorize(message, ACTION_SET_PROFILE, "setting Profile", ret_error);
	if (r <= 0)
		return r;
	r = manager_set_profile(m, name, &err);
	return r < 0 ? errors_reply(ret_error, r, &err) : 1;
}

static int method_set_profile(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	int r = set_profile(message, userdata, ret_error);

	return r <= 0 ? r : sd_bus_reply_method_return(message, NULL);
}

static int property_set_profile(sd_bus *bus, const char *path, const char *interface,
				const char *property, sd_bus_message *value, void *userdata,
				sd_bus_error *ret_error)
{
	return set_profile(value, userdata, ret_error);
}

static int property_get_follow(sd_bus *bus, const char *path, const char *interface,
			       const char *property, sd_bus_message *reply, void *userdata,
			       sd_bus_error *ret_error)
{
	return sd_bus_message_append(reply, "b", manager_follows_power_profile(userdata));
}

static int property_set_follow(sd_bus *bus, const char *path, const char *interface,
			       const char *property, sd_bus_message *value, void *userdata,
			       sd_bus_error *ret_error)
{
	int follow, r;

	TRY(sd_bus_message_read_basic(value, SD_BUS_TYPE_BOOLEAN, &follow));
	r = authorize(value, ACTION_SET_PROFILE, "setting FollowPowerProfile", ret_error);
	if (r <= 0)
		return r;
	manager_follow_power_profile(userdata, follow);
	return 1;
}

/* All properties that are one string. */
static int property_get_text(sd_bus *bus, const char *path, const char *interface,
			     const char *property, sd_bus_message *reply, void *userdata,
			     sd_bus_error *ret_error)
{
	struct manager *m = userdata;
	char buf[SHOWN_MAX];
	const char *text;

	if (!strcmp(property, "Profile"))
		text = manager_profile(m);
	else if (!strcmp(property, "ActiveProfile"))
		text = manager_active_profile(m);
	else if (!strcmp(property, "PowerProfile"))
		text = manager_power_profile(m);
	else if (!strcmp(property, "State"))
		text = lifecycle_state_name(manager_state(m));
	else if (!strcmp(property, "Scheduler"))
		text = manager_scheduler(m);
	else if (!strcmp(property, "Kernel"))
		text = manager_kernel(m);
	else
		text = VERSION;
	return sd_bus_message_append(reply, "s", shown(text, buf, sizeof(buf)));
}

static int property_get_profiles(sd_bus *bus, const char *path, const char *interface,
				 const char *property, sd_bus_message *reply, void *userdata,
				 sd_bus_error *ret_error)
{
	const struct profiles *profiles = manager_profiles(userdata);

	TRY(sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "a{sv}"));
	for (size_t i = 0; i < profiles->n; i++)
		TRY(profile_append(reply, &profiles->profile[i]));
	return sd_bus_message_close_container(reply);
}

static int property_get_last_exit(sd_bus *bus, const char *path, const char *interface,
				  const char *property, sd_bus_message *reply, void *userdata,
				  sd_bus_error *ret_error)
{
	return exit_report_append(reply, manager_last_exit(userdata));
}

static int property_get_n_restarts(sd_bus *bus, const char *path, const char *interface,
				   const char *property, sd_bus_message *reply, void *userdata,
				   sd_bus_error *ret_error)
{
	return sd_bus_message_append(reply, "u", manager_n_restarts(userdata));
}

static int property_get_features(sd_bus *bus, const char *path, const char *interface,
				 const char *property, sd_bus_message *reply, void *userdata,
				 sd_bus_error *ret_error)
{
	return sd_bus_message_append_strv(reply, (char **)manager_features(userdata));
}

/*
 * SD_BUS_VTABLE_UNPRIVILEGED: without it sd-bus would decide by CAP_SYS_ADMIN before we are asked.
 * Who may do what is decided in authorize().
 */
static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Start", NULL, NULL, method_start, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Stop", NULL, NULL, method_stop, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Restart", NULL, NULL, method_restart, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Reload", NULL, NULL, method_reload, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("SetProfile", SD_BUS_ARGS("s", name), SD_BUS_NO_RESULT,
				method_set_profile, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("HoldProfile",
				SD_BUS_ARGS("s", profile, "s", reason, "s", application_id),
				SD_BUS_RESULT("u", cookie), method_hold_profile,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("ReleaseProfile", SD_BUS_ARGS("u", cookie), SD_BUS_NO_RESULT,
				method_release_profile, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("RequestLatency",
				SD_BUS_ARGS("t", latency, "s", reason, "s", application_id),
				SD_BUS_RESULT("u", cookie), method_request_latency,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("ReleaseLatency", SD_BUS_ARGS("u", cookie), SD_BUS_NO_RESULT,
				method_release_latency, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL_WITH_ARGS("ProfileReleased", SD_BUS_ARGS("u", cookie), 0),
	SD_BUS_SIGNAL_WITH_ARGS("SchedulerExited", SD_BUS_ARGS("a{sv}", report), 0),
	SD_BUS_WRITABLE_PROPERTY("Profile", "s", property_get_text, property_set_profile, 0,
				 SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE | SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_PROPERTY("ActiveProfile", "s", property_get_text, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Profiles", "aa{sv}", property_get_profiles, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("ProfileHolds", "aa{sv}", property_get_claims, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("LatencyRequests", "aa{sv}", property_get_claims, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_WRITABLE_PROPERTY("FollowPowerProfile", "b", property_get_follow,
				 property_set_follow, 0,
				 SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE | SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_PROPERTY("PowerProfile", "s", property_get_text, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("State", "s", property_get_text, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Scheduler", "s", property_get_text, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("LastExit", "a{sv}", property_get_last_exit, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("NRestarts", "u", property_get_n_restarts, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Features", "as", property_get_features, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Version", "s", property_get_text, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Kernel", "s", property_get_text, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_VTABLE_END,
};

const sd_bus_vtable *manager_object_vtable(void)
{
	return vtable;
}
