package universe

import "strings"

// cType is the width in bytes and the sign of a C integer type on a 64-bit kernel.
type cType struct {
	width  int
	signed bool
}

// cTypes are the integer types that tracepoint formats name. The table matters where the file does not tell: the arguments of
// system calls and the elements of arrays. Source: include/linux/types.h, include/uapi/asm-generic/posix_types.h.
var cTypes = map[string]cType{
	"char": {1, false}, "signed char": {1, true}, "unsigned char": {1, false}, "bool": {1, false}, "_Bool": {1, false},
	"short": {2, true}, "unsigned short": {2, false}, "short int": {2, true}, "short unsigned int": {2, false},
	"int": {4, true}, "signed int": {4, true}, "signed": {4, true}, "unsigned int": {4, false}, "unsigned": {4, false}, "uint": {4, false},
	"long": {8, true}, "unsigned long": {8, false}, "long int": {8, true}, "long unsigned int": {8, false}, "unsigned long int": {8, false}, "ulong": {8, false},
	"long long": {8, true}, "unsigned long long": {8, false}, "long long int": {8, true}, "long long unsigned int": {8, false},

	"u8": {1, false}, "u16": {2, false}, "u32": {4, false}, "u64": {8, false},
	"s8": {1, true}, "s16": {2, true}, "s32": {4, true}, "s64": {8, true},
	"__u8": {1, false}, "__u16": {2, false}, "__u32": {4, false}, "__u64": {8, false},
	"__s8": {1, true}, "__s16": {2, true}, "__s32": {4, true}, "__s64": {8, true},
	"uint8_t": {1, false}, "uint16_t": {2, false}, "uint32_t": {4, false}, "uint64_t": {8, false},
	"int8_t": {1, true}, "int16_t": {2, true}, "int32_t": {4, true}, "int64_t": {8, true},
	"__le16": {2, false}, "__le32": {4, false}, "__le64": {8, false}, "__be16": {2, false}, "__be32": {4, false}, "__be64": {8, false},

	"size_t": {8, false}, "ssize_t": {8, true}, "uintptr_t": {8, false}, "off_t": {8, true}, "loff_t": {8, true},
	"pid_t": {4, true}, "__kernel_pid_t": {4, true}, "uid_t": {4, false}, "gid_t": {4, false}, "qid_t": {4, false},
	"umode_t": {2, false}, "mode_t": {4, false}, "dev_t": {4, false}, "ino_t": {8, false}, "gfp_t": {4, false},
	"key_t": {4, true}, "key_serial_t": {4, true}, "timer_t": {4, true}, "clockid_t": {4, true}, "mqd_t": {4, true}, "rwf_t": {4, true},
	"aio_context_t": {8, false}, "sector_t": {8, false}, "blkcnt_t": {8, false}, "time64_t": {8, true}, "clock_t": {8, true},
	"resource_size_t": {8, false}, "dma_addr_t": {8, false}, "phys_addr_t": {8, false}, "vm_flags_t": {8, false},
}

// pointerTypes are names of types that are pointers.
var pointerTypes = map[string]bool{
	"cap_user_header_t": true, "cap_user_data_t": true, "fl_owner_t": true, "initcall_t": true, "xfs_failaddr_t": true,
	"__sighandler_t": true,
}

// bareType is a C type without its qualifiers and with single spaces.
func bareType(typ string) string {
	if !strings.Contains(typ, "const") && !strings.Contains(typ, "volatile") && !strings.Contains(typ, "  ") {
		return typ
	}
	words := strings.Fields(typ)
	keep := words[:0]
	for _, w := range words {
		switch w {
		case "const", "volatile":
		case "*const":
			keep = append(keep, "*")
		default:
			keep = append(keep, w)
		}
	}
	return strings.Join(keep, " ")
}
