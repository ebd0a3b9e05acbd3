# SPDX-License-Identifier: GPL-2.0-only
#
# Counts one TAP stream (or several, one after the other): prints "PASSED FAILED SKIPPED".  Tests of the plan that
# never reported are failures, and so is a stream without a plan.
/^[0-9]+\.\.[0-9]+/ {
	split($1, range, /\.\./)
	plan += range[2] - range[1] + 1
	planned = 1
	skip_all = plan == 0
}
/^ok/		{ if (/# *(SKIP|skip|XFAIL)/) skip++; else pass++ }
/^not ok/	{ if (/# *(SKIP|skip)/) skip++; else fail++ }
/^Bail out!/	{ fail++ }
END {
	ran = pass + fail + skip
	if (!planned)
		fail++
	else if (skip_all && !ran)
		skip++
	else if (ran < plan)
		fail += plan - ran
	print pass + 0, fail + 0, skip + 0
}
