package universe

// Member is where a member lies in a struct of the kernel's.
type Member struct {
	Offset, Size int // bytes
	// Walks is as in KernelField.
	Walks bool
}

// StructMember finds a member of a struct of the kernel's, also inside of members without a name, by the kernel's own names. It makes no
// types. ok is false if the kernel has none, tells nothing of its types, or the member is a bit-field.
func (u *Universe) StructMember(name, member string) (m Member, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	b := u.btf()
	if b == nil {
		return Member{}, false
	}
	key := [2]string{name, member}
	if m, known := u.kernel.members[key]; known {
		return m, m.Size > 0
	}
	if t, found := b.find(name, btfStruct); found {
		if at, there := b.offset(member); there {
			m, _ = b.member(t, at, false)
		}
	}
	if u.kernel.members == nil {
		u.kernel.members = make(map[[2]string]Member)
	}
	u.kernel.members[key] = m
	return m, m.Size > 0
}

// member finds the member of a struct or union whose name stands at an offset of the string section.
func (b *BTF) member(t btfType, name uint32, union bool) (Member, bool) {
	union = union || t.kind() == btfUnion
	for i := range t.len() {
		text, typ, at := t.word(3*i), t.word(3*i+1), t.word(3*i+2)
		bits := uint32(0)
		if t.flag() {
			bits, at = at>>24, at&0xffffff
		}
		switch {
		case text == name:
			if bits > 0 {
				return Member{}, false
			}
			return Member{Offset: int(at / 8), Size: b.sizeOf(typ), Walks: !union && b.walks(typ)}, true
		case text == 0:
			if inner, _, _ := b.strip(typ); inner.kind() == btfStruct || inner.kind() == btfUnion {
				if m, ok := b.member(inner, name, union); ok {
					m.Offset += int(at / 8)
					return m, true
				}
			}
		}
	}
	return Member{}, false
}

// walks reports whether a type is a pointer of which the kernel's verifier knows what it points to.
func (b *BTF) walks(id uint32) bool {
	t, _, _ := b.strip(id)
	if t.kind() != btfPointer {
		return false
	}
	target, _, tags := b.strip(t.size)
	return target.kind() == btfStruct && len(tags) == 0
}
