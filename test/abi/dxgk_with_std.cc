/* SPDX-License-Identifier: MIT */
/*
 * The Windows headers between those of the C++ library, as a test program of a
 * driver has them.  Only compiled.
 */
#include <algorithm>
#include <string>
#include <vector>

#include <ntddk.h>
#include <dispmprt.h>
#include <d3dkmddi.h>
#undef min
#undef max

#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <regex>
#include <thread>

static NTSTATUS raise_or_not(bool raise)
{
	try {
		if (raise)
			throw std::string("ours");
	} catch (const std::string &) {
		return STATUS_UNSUCCESSFUL;
	}
	__try {
		return STATUS_SUCCESS;
	} __except (EXCEPTION_EXECUTE_HANDLER) {
		return GetExceptionCode();
	}
}

int main()
{
	std::vector<UINT64> sizes;
	std::map<LONG, std::unique_ptr<DXGK_ADL>> lists;

	sizes.push_back(std::max<UINT64>(1, 2));
	lists[1] = std::make_unique<DXGK_ADL>();
	return std::min<int>(raise_or_not(true), raise_or_not(false)) >= 0;
}
