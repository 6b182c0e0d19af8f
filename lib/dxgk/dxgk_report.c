/* SPDX-License-Identifier: MIT */
/*
 * Filing violations and reading them back.  A report is composed first, then
 * kept under the log's lock, then handed to the embedder's callback without
 * it.
 */
#include "dxgk/dxgk_report.h"
#include "dxgk/dxgk_priv.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void keep(struct iolas__dxgk_log *log,
		 struct iolas_dxgk_violation *violation)
{
	pthread_mutex_lock(&log->lock);
	violation->sequence = ++log->sequence;
	if (log->count < log->limit)
		log->kept[log->count] = *violation;
	log->count++;
	pthread_mutex_unlock(&log->lock);
}

static void tell_nobody_knows(const struct iolas_dxgk_violation *violation)
{
	const struct iolas_host *host = iolas_host_libc();
	char text[1024];

	iolas_dxgk_violation_describe(violation, text, sizeof(text));
	if (host->log)
		host->log(host->user, IOLAS_LOG_ERROR, text);
}

static struct iolas_dxgk_machine *
machine_of_report(const struct iolas__dxgk_report *report)
{
	if (report->machine)
		return report->machine;
	if (report->adapter)
		return report->adapter->machine;
	if (iolas__dxgk_context())
		return iolas__dxgk_context()->machine;
	return iolas_dxgk_machine_current();
}

void iolas__dxgk_report(const struct iolas__dxgk_report *report,
			const char *format, ...)
{
	struct iolas_dxgk_machine *machine = machine_of_report(report);
	const struct iolas__dxgk_rule *rule = iolas__dxgk_rule(report->rule);
	struct iolas_dxgk_violation violation = {
		.struct_size = sizeof(violation),
		.rule = report->rule,
		.bugcheck = rule ? rule->bugcheck : 0,
		.subcode = rule ? rule->subcode : 0,
		.adapter = report->adapter ? report->adapter
					   : iolas__dxgk_context(),
		.handle = report->handle,
		.site = report->call ? report->call->site : NULL,
		.made_site = report->made_site,
		.freed_site = report->freed_site,
		.call = report->call ? report->call->name : "iolas",
		.rule_text = rule ? rule->text : "",
	};
	va_list args;

	if (report->bugcheck) {
		violation.bugcheck = report->bugcheck;
		violation.subcode = report->subcode;
	}
	va_start(args, format);
	vsnprintf(violation.text, sizeof(violation.text), format, args);
	va_end(args);
	if (!machine) {
		tell_nobody_knows(&violation);
		return;
	}
	keep(&machine->log, &violation);
	if (machine->config.violation)
		machine->config.violation(machine->config.violation_user,
					  &violation);
}

uint64_t iolas_dxgk_violation_count(struct iolas_dxgk_machine *machine)
{
	uint64_t count = 0;

	if (machine) {
		pthread_mutex_lock(&machine->log.lock);
		count = machine->log.count;
		pthread_mutex_unlock(&machine->log.lock);
	}
	return count;
}

int iolas_dxgk_violation_get(struct iolas_dxgk_machine *machine, uint64_t index,
			     struct iolas_dxgk_violation *violation)
{
	struct iolas__dxgk_log *log;
	int status = IOLAS_ENOENT;

	if (!machine || !violation ||
	    violation->struct_size != sizeof(*violation))
		return IOLAS_EINVAL;
	log = &machine->log;
	pthread_mutex_lock(&log->lock);
	if (index < log->count && index < log->limit) {
		*violation = log->kept[index];
		status = IOLAS_OK;
	}
	pthread_mutex_unlock(&log->lock);
	return status;
}

void iolas_dxgk_violations_clear(struct iolas_dxgk_machine *machine)
{
	if (!machine)
		return;
	pthread_mutex_lock(&machine->log.lock);
	machine->log.count = 0;
	pthread_mutex_unlock(&machine->log.lock);
}

size_t iolas__dxgk_site_text(const void *site, char *text, size_t bytes)
{
	Dl_info info;
	int letters;

	if (!dladdr(site, &info))
		letters = snprintf(text, bytes, "%p", site);
	else if (info.dli_sname)
		letters = snprintf(text, bytes, "%s+0x%zx", info.dli_sname,
				   (size_t)((const char *)site -
					    (const char *)info.dli_saddr));
	else
		letters = snprintf(text, bytes, "%s+0x%zx",
				   info.dli_fname ? info.dli_fname : "?",
				   (size_t)((const char *)site -
					    (const char *)info.dli_fbase));
	if (letters < 0)
		return 0;
	return (size_t)letters < bytes ? (size_t)letters : bytes - 1;
}

/* " (word symbol)" behind what is there; nothing for a NULL site. */
static size_t append_site(char *text, size_t bytes, size_t used,
			  const char *word, const void *site)
{
	char symbol[160];
	int letters;

	if (!site || used + 1 >= bytes)
		return used;
	iolas__dxgk_site_text(site, symbol, sizeof(symbol));
	letters = snprintf(text + used, bytes - used, "; %s %s", word, symbol);
	if (letters < 0)
		return used;
	used += (size_t)letters;
	return used < bytes ? used : bytes - 1;
}

int iolas_dxgk_violation_describe(const struct iolas_dxgk_violation *violation,
				  char *text, size_t bytes)
{
	char code[48] = "";
	size_t used;
	int letters;

	if (!violation || violation->struct_size != sizeof(*violation) ||
	    !text || !bytes)
		return IOLAS_EINVAL;
	if (violation->bugcheck)
		snprintf(code, sizeof(code), " [bug check 0x%X/%u]",
			 violation->bugcheck, violation->subcode);
	letters = snprintf(text, bytes, "%s%s: %s. Rule %u: %s",
			   violation->call ? violation->call : "iolas", code,
			   violation->text, violation->rule,
			   violation->rule_text ? violation->rule_text : "");
	if (letters < 0)
		return IOLAS_EINVAL;
	used = (size_t)letters < bytes ? (size_t)letters : bytes - 1;
	used = append_site(text, bytes, used, "called from", violation->site);
	used = append_site(text, bytes, used, "made by", violation->made_site);
	append_site(text, bytes, used, "freed by", violation->freed_site);
	return IOLAS_OK;
}
