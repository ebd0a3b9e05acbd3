// SPDX-License-Identifier: GPL-2.0-only
/*
 * info-system.c - what vserver-info knows of the kernel and the tools
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/capability.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <json-c/json.h>

#include "config/config.h"
#include "info.h"
#include "tool.h"
#include "watch.h"

static int kernel_version(void)
{
	int version = vc_get_version();

	if (version < 0)
		die_vc("vc_get_version");
	return version;
}

static int ask_apiver(struct query *q)
{
	answer_number(q, "0x%08" PRIx64, kernel_version());
	return 0;
}

/**
 * struct feature - by what a script recognises an ability of the kernel
 * @name: the word
 * @from: first version that has it
 * @before: first version that hasn't any more; 0: it stayed
 * @vci: bit that must be set, too
 */
struct feature {
	const char *name;
	int from, before;
	uint32_t vci;
};

/* The gates of the historic tools (tools.md 1.1). PIDSPACE: never there. */
static const struct feature features[] = {
	{ "COMPAT", 0, 0, 0 },
	{ "VSHELPER0", 0x10000, 0x10010, 0 },
	{ "VSHELPER", 0x10000, 0, 0 },
	{ "VKILL", 0x10004, 0, 0 },
	{ "RLIMIT", 0x10004, 0, 0 },
	{ "VINFO", 0x10010, 0, 0 },
	{ "VHI", 0x10010, 0, 0 },
	{ "IATTR", 0x10011, 0, 0 },
	{ "MIGRATE", 0x10012, 0, 0 },
	{ "NAMESPACE", 0x10012, 0, 0 },
	{ "VWAIT", 0x10025, 0, 0 },
	{ "SCHED", 0x20000, 0, 0 },
	{ "VNET", 0x20001, 0, 0 },
	{ "PERSISTENT", 0x20002, 0, 0 },
	{ "VSTAT", 0x20103, 0x20306, 0 },
	{ "PIVOT_ROOT", 0x20304, 0, 0 },
	{ "PPTAG", 0, 0, VCI_PPTAG },
	{ "SPACES", 0, 0, VCI_SPACES },
	{ "MEMCG", 0x20306, 0, VCI_MEMCG },
	/* Bind mounts that need a second call for their flags. */
	{ "BME", 0, 1, 0 },
};

static bool has_feature(const struct feature *f, int version, uint32_t vci)
{
	return version >= f->from && (!f->before || version < f->before) &&
	       (vci & f->vci) == f->vci;
}

static int ask_feature(struct query *q)
{
	int version = kernel_version(), vci = vc_get_vci();

	if (!q->args[0])
		die_usage("FEATURE needs the name of one");
	if (vci < 0)
		vci = 0;
	if (!strcasecmp(q->args[0], "DYNAMIC"))
		return answer_bool(q, version < 0x20300 ||
				   !(vci & VCI_NO_DYNAMIC), NULL);
	for (size_t i = 0; i < sizeof(features) / sizeof(*features); i++)
		if (!strcasecmp(q->args[0], features[i].name))
			return answer_bool(q, has_feature(&features[i], version,
							  vci), NULL);
	/* As with the original, unknown is the same as absent. */
	return answer_bool(q, false, NULL);
}

/* Does the kernel really enforce capabilities? */
static int ask_verifycap(struct query *q)
{
	cap_t none = cap_init();
	bool refused;

	if (geteuid() != 0)
		die("VERIFYCAP: only root can try");
	if (!none || cap_set_proc(none) < 0)
		die_errno("dropping the capabilities");
	cap_free(none);
	refused = chroot("/") < 0 && errno == EPERM;
	return answer_bool(q, refused, NULL);
}

/* Can context 1 read what the tools there need? */
static int ask_verifyproc(struct query *q)
{
	watch_enter();
	return answer_bool(q, access("/proc/uptime", R_OK) == 0, NULL);
}

static const char *xid_type(uint32_t xid)
{
	if (xid == 0)
		return "main";
	if (xid == WATCH_XID)
		return "watch";
	/* Dynamic ids are gone: what looks like one is an ordinary number. */
	return xid <= VS_XID_MAX ? "static" : "invalid";
}

static int ask_xidtype(struct query *q)
{
	const char *type = xid_type(tool_xid(q->id));

	answer_text(q, type);
	for (char **want = q->args; *want; want++)
		if (!strcasecmp(*want, type))
			return 0;
	return q->args[0] ? -1 : 0;
}

static void line(FILE *f, struct json_object *o, const char *label,
		 const char *key, const char *value)
{
	fprintf(f, "%25s: %s\n", label, value);
	json_object_object_add(o, key, json_object_new_string(value));
}

static const char *hex(int n)
{
	static char text[2][24];
	static int turn;

	turn = !turn;
	if (n < 0)
		return "none";
	snprintf(text[turn], sizeof(text[turn]), "0x%08x", (unsigned int)n);
	return text[turn];
}

int ask_sysinfo(struct query *q)
{
	struct json_object *o = json_object_new_object();
	tool_auto_free char *base = cfg_vdirbase();
	struct utsname name;
	size_t size;
	FILE *f = open_memstream(&q->text, &size);

	if (!f || uname(&name) < 0)
		die_errno("system information");
	fprintf(f, "Versions:\n");
	line(f, o, "Kernel", "kernel", name.release);
	line(f, o, "VS-API", "api", hex(vc_get_version()));
	line(f, o, "VCI", "vci", hex(vc_get_vci()));
	line(f, o, "util-vserver", "util_vserver", VSERVER_TOOLS_VERSION);
	fprintf(f, "\nFeatures:\n");
	line(f, o, "CC", "cc", "gcc " __VERSION__);
	line(f, o, "architecture", "architecture", name.machine);
	fprintf(f, "\nPaths:\n");
	line(f, o, "cfg-Directory", "confdir", cfg_confdir());
	line(f, o, "data-Directory", "datadir", cfg_datadir());
	line(f, o, "libexec-Directory", "libexecdir", cfg_libexecdir());
	line(f, o, "pkgstate-Directory", "rundir", cfg_rundir());
	line(f, o, "vshelper-Directory", "helperdir", cfg_helperdir());
	line(f, o, "lock-Directory", "lockdir", cfg_lockdir());
	/* puts() ends the last line. */
	fprintf(f, "%25s: %s", "vserver-Rootdir", base ? base : "");
	json_object_object_add(o, "vdirbase",
			       json_object_new_string(base ? base : ""));
	fclose(f);
	q->json = o;
	return 0;
}

const struct tag info_system_tags[] = {
	{ "APIVER", "", "version of the kernel's interface", ask_apiver },
	{ "SYSINFO", "", "versions and paths", ask_sysinfo },
	{ "FEATURE", "NAME", "status 0 if the kernel has it", ask_feature },
	{ "VERIFYCAP", "", "status 0 if capabilities are enforced", ask_verifycap },
	{ "VERIFYPROC", "", "status 0 if context 1 can read /proc/uptime", ask_verifyproc },
	{ "XIDTYPE", "[TYPE]...", "main, watch, static or invalid", ask_xidtype },
	{ NULL, NULL, NULL, NULL }
};
