/* SPDX-License-Identifier: MIT */
/*
 * The reference miniport's device: a toy copy engine.  It fetches commands
 * from a ring in memory and moves bytes, every access through the IOMMU.
 */
#ifndef EXAMPLES_MINIPORT_COPY_ENGINE_H
#define EXAMPLES_MINIPORT_COPY_ENGINE_H

#include <dxgk/iolas_dxgk_driver.h>

struct copy_engine {
	struct iolas_dxgk_adapter *adapter;
	volatile uint32_t *registers; /* BAR 0 */
	uint64_t bytes_moved;
	uint64_t refused; /* accesses that the IOMMU stopped */
};

/*
 * Moves @bytes from one device address to another.  IOLAS_OK or IOLAS_EFAULT.
 */
int copy_engine_move(struct copy_engine *engine, iolas_iova destination,
		     iolas_iova source, uint64_t bytes);

/*
 * Runs what the driver queued, then raises the interrupt.  Answers the number
 * of commands done; a refused access ends the run.
 */
unsigned copy_engine_run(struct copy_engine *engine);

#endif /* EXAMPLES_MINIPORT_COPY_ENGINE_H */
