// SPDX-License-Identifier: GPL-2.0-only
/* Persistent tun and tap devices: what `tunctl --persist` did. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

#include "internal.h"
#include "network.h"

static int attach(const char *dev, bool tap)
{
	struct ifreq ifr = { .ifr_flags = (short)((tap ? IFF_TAP : IFF_TUN) | IFF_NO_PI) };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return cfg_fail_errno("/dev/net/tun");
	memcpy(ifr.ifr_name, dev, strlen(dev) + 1);
	if (ioctl(fd, TUNSETIFF, &ifr) < 0) {
		cfg_fail_errno("device '%s'", dev);
		close(fd);
		return -1;
	}
	return fd;
}

static int set(int fd, unsigned long what, int64_t value, const char *dev, const char *text)
{
	if (value >= 0 && ioctl(fd, what, (unsigned long)value) < 0)
		return cfg_fail_errno("device '%s': %s", dev, text);
	return 0;
}

int tun_make(const struct cfg_iface *f)
{
	auto_close int fd = attach(f->dev, f->tap);

	return fd < 0 || set(fd, TUNSETNOCSUM, f->nocsum ? 1 : -1, f->dev, "nocsum") < 0 ||
	       set(fd, TUNSETOWNER, f->uid, f->dev, "uid") < 0 ||
	       set(fd, TUNSETGROUP, f->gid, f->dev, "gid") < 0 ||
	       set(fd, TUNSETLINK, f->linktype, f->dev, "linktype") < 0 ||
	       set(fd, TUNSETPERSIST, 1, f->dev, "can't be made to stay") < 0 ? -1 : 0;
}

int tun_release(const char *dev, bool tap)
{
	auto_close int fd = if_nametoindex(dev) ? attach(dev, tap) : -1;

	if (fd < 0)
		return if_nametoindex(dev) ? -1 : 0;
	return set(fd, TUNSETPERSIST, 0, dev, "can't be released");
}
