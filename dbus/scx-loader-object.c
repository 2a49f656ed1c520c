/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * org.scx.Loader, the interface of another loader, for the clients that exist for it.
 *
 * Its words are those of a program that starts schedulers with arguments. There is one scheduler
 * here, and it is not started anew to change: a mode is a profile, and arguments are overrides.
 * Unlike the original, the properties say what is, and tell when that changes.
 */
#include "dbus/scx-loader-object.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "daemon/log.h"
#include "daemon/manager.h"
#include "daemon/scx-args.h"
#include "dbus/authorize.h"
#include "dbus/errors.h"
#include "dbus/methods.h"
#include "dbus/names.h"
#include "dbus/shown.h"
#include "dbus/try.h"

#define SCHEDULER "scx_bpfland"
#define NO_SCHEDULER "unknown"

/* A command line of this many words is nobody's. */
#define ARGS_MAX 64

/* The index is the mode's number on the bus. */
static const struct {
	const char *name, *profile;
} modes[] = {
	{ "Auto", "balanced" },	    { "Gaming", "gaming" },	{ "PowerSave", "powersave" },
	{ "LowLatency", "latency" }, { "Server", "throughput" },
};

#define N_MODES (sizeof(modes) / sizeof(modes[0]))

struct scx_loader {
	sd_bus *bus;
	struct manager *manager;
	sd_bus_slot *methods, *object, *naming;
	bool named;			/* the name has been asked for */
	char **args;			/* that the overrides came from; NULL: none */
	uint64_t given;			/* manager_override_changes() when they were */
	struct told {
		bool running;
		uint32_t mode, default_mode;
		uint64_t args;		/* @given, 0 if there are none */
	} told;
};

DEFINE_CLEANUP(struct scx_loader *, scx_loader_free);

static void strv_free(char **strv)
{
	for (char **s = strv; s && *s; s++)
		free(*s);
	free(strv);
}

static void strv_freep(char ***strv)
{
	strv_free(*strv);
}

/* What is read and checked before anybody is asked. */
static int read_scheduler(sd_bus_message *m, sd_bus_error *ret_error)
{
	char buf[SHOWN_VALUE_MAX];
	const char *name;

	TRY(sd_bus_message_read_basic(m, SD_BUS_TYPE_STRING, &name));
	if (strcmp(name, SCHEDULER))
		return errors_replyf(ret_error, BUS_ERROR_NOT_SUPPORTED,
				     "scx_name: there is no scheduler \"%s\" here; " SCHEDULER
				     " is the only one", shown(name, buf, sizeof(buf)));
	return 0;
}

static int read_mode(sd_bus_message *m, struct manager *manager, const char **ret_profile,
		     sd_bus_error *ret_error)
{
	uint32_t mode;

	TRY(sd_bus_message_read_basic(m, SD_BUS_TYPE_UINT32, &mode));
	if (mode >= N_MODES)
		return errors_replyf(ret_error, BUS_ERROR_OUT_OF_RANGE,
				     "sched_mode: %u is out of range, allowed: 0 (Auto), "
				     "1 (Gaming), 2 (PowerSave), 3 (LowLatency), 4 (Server)",
				     (unsigned)mode);
	if (!profiles_find(manager_profiles(manager), modes[mode].profile))
		return errors_replyf(ret_error, BUS_ERROR_NO_SUCH_PROFILE,
				     "sched_mode: the mode %s is the profile %s, which is not "
				     "there",
				     modes[mode].name, modes[mode].profile);
	*ret_profile = modes[mode].profile;
	return 0;
}

static int read_args(sd_bus_message *m, struct manager *manager, char ***ret_args,
		     struct scx_args *ret, sd_bus_error *ret_error)
{
	_cleanup_(strv_freep) char **args = NULL;
	struct scx_args parsed = {};
	struct error err = {};
	size_t n = 0;
	int r = 0;

	TRY(sd_bus_message_read_strv(m, &args));
	for (char **s = args; s && *s; s++)
		n++;
	if (n > ARGS_MAX)
		return errors_replyf(ret_error, SD_BUS_ERROR_INVALID_ARGS,
				     "scx_args: %zu arguments are too many, allowed: %d", n,
				     ARGS_MAX);
	if (n > 0)
		r = scx_args_parse(&parsed, (const char *const *)args,
				   manager_supported_tunables(manager), &err);
	if (r >= 0)
		r = manager_check_overrides(manager, &parsed.tunables, &err);
	if (r < 0)
		return errors_reply(ret_error, r, &err);
	*ret_args = TAKE_PTR(args);
	*ret = parsed;
	return 0;
}

static bool is_running(const struct scx_loader *l)
{
	return manager_state(l->manager) == LIFECYCLE_RUNNING;
}

/* The arguments as overrides, in place of all others: as they stand for a whole command line. */
static int put_args(struct scx_loader *l, char ***args, const struct scx_args *parsed,
		    sd_bus_error *ret_error)
{
	struct error err = {};
	int r;

	r = manager_replace_overrides(l->manager, &parsed->tunables, parsed->primary ?: "auto",
				      &err);
	if (r < 0)
		return errors_reply(ret_error, r, &err);
	strv_free(l->args);
	l->args = TAKE_PTR(*args);
	l->given = manager_override_changes(l->manager);
	return 0;
}

/* Does nothing when it runs. */
static int start(struct scx_loader *l, sd_bus_error *ret_error)
{
	struct error err = {};
	int r = manager_sched_start(l->manager, &err);

	return r < 0 ? errors_reply(ret_error, r, &err) : 0;
}

static int select_profile(struct scx_loader *l, const char *profile, sd_bus_error *ret_error)
{
	struct error err = {};
	int r = manager_set_profile(l->manager, profile, &err);

	return r < 0 ? errors_reply(ret_error, r, &err) : 0;
}

/* The clients of this interface expect to be asked, and do not say so in their messages. */
static int ask(sd_bus_message *m, const char *const *actions, const char *what,
	       sd_bus_error *ret_error)
{
	return authorize_all(m, actions, what, AUTHORIZE_INTERACTIVE, ret_error);
}

static const char *const may_manage[] = { ACTION_MANAGE_SCHEDULER, NULL };
static const char *const may_switch[] = { ACTION_SET_PROFILE, NULL };

/* To start and to switch differ in who may. */
struct intent {
	const char *action, *what;
};

static const struct intent starting = { ACTION_MANAGE_SCHEDULER, "starting the scheduler" };

/* The original's clients switch to what they want, whether or not anything runs. */
static const struct intent *switching(const struct scx_loader *l)
{
	static const struct intent intent = { ACTION_SET_PROFILE, "switching the scheduler" };

	return is_running(l) ? &intent : &starting;
}

static int set_mode(sd_bus_message *m, struct scx_loader *l, const struct intent *intent,
		    sd_bus_error *ret_error)
{
	const char *actions[] = { intent->action, NULL };
	const char *profile = NULL;
	int r;

	TRY(read_scheduler(m, ret_error));
	TRY(read_mode(m, l->manager, &profile, ret_error));
	r = ask(m, actions, intent->what, ret_error);
	if (r <= 0)
		return r;
	TRY(start(l, ret_error));
	TRY(select_profile(l, profile, ret_error));
	return sd_bus_reply_method_return(m, NULL);
}

static int set_args(sd_bus_message *m, struct scx_loader *l, const struct intent *intent,
		    sd_bus_error *ret_error)
{
	const char *actions[] = { intent->action, ACTION_SET_TUNABLES, NULL };
	_cleanup_(strv_freep) char **args = NULL;
	struct scx_args parsed = {};
	int r;

	TRY(read_scheduler(m, ret_error));
	TRY(read_args(m, l->manager, &args, &parsed, ret_error));
	r = ask(m, actions, intent->what, ret_error);
	if (r <= 0)
		return r;
	TRY(start(l, ret_error));
	TRY(put_args(l, &args, &parsed, ret_error));
	return sd_bus_reply_method_return(m, NULL);
}

static int method_start(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	return set_mode(m, userdata, &starting, ret_error);
}

static int method_start_with_args(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	return set_args(m, userdata, &starting, ret_error);
}

static int method_switch(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	return set_mode(m, userdata, switching(userdata), ret_error);
}

static int method_switch_with_args(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	return set_args(m, userdata, switching(userdata), ret_error);
}

static int wish(sd_bus_message *m, struct scx_loader *l, const char *what,
		int (*wanted)(struct manager *manager, struct error *err), sd_bus_error *ret_error)
{
	struct error err = {};
	int r;

	r = ask(m, may_manage, what, ret_error);
	if (r <= 0)
		return r;
	r = wanted(l->manager, &err);
	return errors_answer(m, r, &err, ret_error);
}

static int method_stop(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	return wish(m, userdata, "stopping the scheduler", manager_sched_stop, ret_error);
}

static int method_restart(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	return wish(m, userdata, "restarting the scheduler", manager_sched_restart, ret_error);
}

static int method_restore_default(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct scx_loader *l = userdata;
	int r;

	r = ask(m, may_switch, "returning to the default profile", ret_error);
	if (r <= 0)
		return r;
	manager_restore_default(l->manager);
	return sd_bus_reply_method_return(m, NULL);
}

static uint32_t mode_of(const char *profile)
{
	for (uint32_t i = 0; i < N_MODES; i++)
		if (!strcmp(modes[i].profile, profile))
			return i;
	return 0;
}

/* The arguments that were given last, for as long as what came of them is in force. */
static char **current_args(struct scx_loader *l)
{
	static char *none[] = { NULL };

	return l->args && l->given == manager_override_changes(l->manager) ? l->args : none;
}

static int property_get_scheduler(sd_bus *bus, const char *path, const char *interface,
				  const char *property, sd_bus_message *reply, void *userdata,
				  sd_bus_error *ret_error)
{
	struct scx_loader *l = userdata;

	return sd_bus_message_append(reply, "s", is_running(l) ? SCHEDULER : NO_SCHEDULER);
}

static int property_get_mode(sd_bus *bus, const char *path, const char *interface,
			     const char *property, sd_bus_message *reply, void *userdata,
			     sd_bus_error *ret_error)
{
	struct scx_loader *l = userdata;

	return sd_bus_message_append(reply, "u", mode_of(manager_active_profile(l->manager)));
}

static int property_get_args(sd_bus *bus, const char *path, const char *interface,
			     const char *property, sd_bus_message *reply, void *userdata,
			     sd_bus_error *ret_error)
{
	return sd_bus_message_append_strv(reply, current_args(userdata));
}

static int property_get_supported(sd_bus *bus, const char *path, const char *interface,
				  const char *property, sd_bus_message *reply, void *userdata,
				  sd_bus_error *ret_error)
{
	return sd_bus_message_append(reply, "as", 1, SCHEDULER);
}

static int property_get_default_scheduler(sd_bus *bus, const char *path, const char *interface,
					  const char *property, sd_bus_message *reply,
					  void *userdata, sd_bus_error *ret_error)
{
	return sd_bus_message_append(reply, "s", SCHEDULER);
}

static int property_get_default_mode(sd_bus *bus, const char *path, const char *interface,
				     const char *property, sd_bus_message *reply, void *userdata,
				     sd_bus_error *ret_error)
{
	struct scx_loader *l = userdata;

	return sd_bus_message_append(reply, "u", mode_of(manager_default_profile(l->manager)));
}

/* See manager-object.c for SD_BUS_VTABLE_UNPRIVILEGED. */
static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_ARGS("StartScheduler", SD_BUS_ARGS("s", scx_name, "u", sched_mode),
				SD_BUS_NO_RESULT, method_start, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("StartSchedulerWithArgs",
				SD_BUS_ARGS("s", scx_name, "as", scx_args), SD_BUS_NO_RESULT,
				method_start_with_args, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("SwitchScheduler", SD_BUS_ARGS("s", scx_name, "u", sched_mode),
				SD_BUS_NO_RESULT, method_switch, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("SwitchSchedulerWithArgs",
				SD_BUS_ARGS("s", scx_name, "as", scx_args), SD_BUS_NO_RESULT,
				method_switch_with_args, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("StopScheduler", NULL, NULL, method_stop, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("RestartScheduler", NULL, NULL, method_restart, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("RestoreDefault", NULL, NULL, method_restore_default,
		      SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_PROPERTY("CurrentScheduler", "s", property_get_scheduler, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("SchedulerMode", "u", property_get_mode, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("CurrentSchedulerArgs", "as", property_get_args, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("SupportedSchedulers", "as", property_get_supported, 0,
			SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("DefaultScheduler", "s", property_get_default_scheduler, 0,
			SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("DefaultMode", "u", property_get_default_mode, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_VTABLE_END,
};

const sd_bus_vtable *scx_loader_vtable(void)
{
	return vtable;
}

static int methods_callback(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	if (!sd_bus_message_is_method_call(m, BUS_INTERFACE_SCX_LOADER, NULL))
		return 0;
	return methods_call(m, vtable, userdata, ret_error);
}

static struct told to_tell(struct scx_loader *l)
{
	return (struct told){
		.running = is_running(l),
		.mode = mode_of(manager_active_profile(l->manager)),
		.default_mode = mode_of(manager_default_profile(l->manager)),
		.args = *current_args(l) ? l->given : 0,
	};
}

static int on_named(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	uint32_t result;

	/* 2: in the queue behind whoever has it. */
	if (sd_bus_message_is_method_error(m, NULL))
		log_message(LOG_WARNING, "the bus does not give us the name " BUS_NAME_SCX_LOADER
			    ": %s", sd_bus_message_get_error(m)->message);
	else if (sd_bus_message_read(m, "u", &result) > 0 && result == 2)
		log_message(LOG_NOTICE, "another loader owns " BUS_NAME_SCX_LOADER "; its clients "
			    "reach us when it has ended");
	return 0;
}

/* The second name is taken and given back as configured. */
static void follow_name(struct scx_loader *l)
{
	bool wanted = manager_serves_scx_loader(l->manager);

	if (wanted == l->named || !sd_bus_is_bus_client(l->bus))
		return;
	l->named = wanted;
	l->naming = sd_bus_slot_unref(l->naming);
	if (wanted)
		(void)sd_bus_request_name_async(l->bus, &l->naming, BUS_NAME_SCX_LOADER,
						SD_BUS_NAME_QUEUE, on_named, l);
	else
		(void)sd_bus_release_name_async(l->bus, NULL, BUS_NAME_SCX_LOADER, NULL, NULL);
}

int scx_loader_flush(struct scx_loader *l)
{
	struct told now = to_tell(l), before = l->told;
	const char *names[5] = {};
	size_t n = 0;

	if (now.running != before.running)
		names[n++] = "CurrentScheduler";
	if (now.mode != before.mode)
		names[n++] = "SchedulerMode";
	if (now.args != before.args)
		names[n++] = "CurrentSchedulerArgs";
	if (now.default_mode != before.default_mode)
		names[n++] = "DefaultMode";
	l->told = now;
	follow_name(l);
	if (n == 0)
		return 0;
	return sd_bus_emit_properties_changed_strv(l->bus, BUS_PATH_SCX_LOADER,
						   BUS_INTERFACE_SCX_LOADER, (char **)names);
}

int scx_loader_new(struct scx_loader **ret, sd_bus *bus, struct manager *m)
{
	_cleanup_(scx_loader_freep) struct scx_loader *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->bus = sd_bus_ref(bus);
	l->manager = m;
	l->told = to_tell(l);
	TRY(sd_bus_add_object(bus, &l->methods, BUS_PATH_SCX_LOADER, methods_callback, l));
	TRY(sd_bus_add_object_vtable(bus, &l->object, BUS_PATH_SCX_LOADER, BUS_INTERFACE_SCX_LOADER,
				     vtable, l));
	*ret = TAKE_PTR(l);
	return 0;
}

struct scx_loader *scx_loader_free(struct scx_loader *l)
{
	if (!l)
		return NULL;
	sd_bus_slot_unref(l->naming);
	sd_bus_slot_unref(l->object);
	sd_bus_slot_unref(l->methods);
	sd_bus_unref(l->bus);
	strv_free(l->args);
	free(l);
	return NULL;
}
