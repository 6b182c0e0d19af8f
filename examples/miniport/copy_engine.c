/* SPDX-License-Identifier: MIT */
/*
 * The reference miniport's device: a toy copy engine.
 */
#include "copy_engine.h"

#include "copykmd.h"

static uint32_t reg(const struct copy_engine *engine, unsigned offset)
{
	return engine->registers[offset / 4];
}

static void set_reg(struct copy_engine *engine, unsigned offset, uint32_t value)
{
	engine->registers[offset / 4] = value;
}

int copy_engine_move(struct copy_engine *engine, iolas_iova destination,
		     iolas_iova source, uint64_t bytes)
{
	unsigned char piece[512];

	for (uint64_t at = 0; at < bytes;) {
		const uint64_t len =
			bytes - at < sizeof(piece) ? bytes - at : sizeof(piece);
		int status = iolas_dxgk_device_read(engine->adapter,
						    source + at, piece, len);

		if (!status)
			status = iolas_dxgk_device_write(
				engine->adapter, destination + at, piece, len);
		if (status) {
			engine->refused++;
			return status;
		}
		engine->bytes_moved += len;
		at += len;
	}
	return IOLAS_OK;
}

static int run_one(struct copy_engine *engine, uint32_t head)
{
	const uint64_t ring = reg(engine, COPYKMD_REG_RING_LOW) |
			      (uint64_t)reg(engine, COPYKMD_REG_RING_HIGH)
				      << 32;
	struct copykmd_command command;
	int status;

	status = iolas_dxgk_device_read(engine->adapter,
					ring + head % COPYKMD_RING_COUNT *
							sizeof(command),
					&command, sizeof(command));
	if (status) {
		engine->refused++;
		return status;
	}
	status = copy_engine_move(engine, command.destination, command.source,
				  command.bytes);
	if (!status)
		set_reg(engine, COPYKMD_REG_FENCE, command.fence);
	return status;
}

unsigned copy_engine_run(struct copy_engine *engine)
{
	uint32_t status = COPYKMD_STATUS_PENDING;
	unsigned done = 0;

	while (reg(engine, COPYKMD_REG_HEAD) != reg(engine, COPYKMD_REG_TAIL)) {
		const uint32_t head = reg(engine, COPYKMD_REG_HEAD);

		if (run_one(engine, head)) {
			/* What is left is dropped, as a reset would. */
			set_reg(engine, COPYKMD_REG_HEAD,
				reg(engine, COPYKMD_REG_TAIL));
			status |= COPYKMD_STATUS_FAULTED;
			break;
		}
		set_reg(engine, COPYKMD_REG_HEAD, head + 1);
		done++;
	}
	set_reg(engine, COPYKMD_REG_STATUS, status);
	iolas_dxgk_adapter_interrupt(engine->adapter, 0);
	iolas_dxgk_adapter_pump(engine->adapter);
	return done;
}
