package syntax

import "go/ast"

// Receiver is the name of the type that a method with this receiver belongs to, or nil if there is none.
func Receiver(list *ast.FieldList) *ast.Ident {
	if list == nil || len(list.List) != 1 {
		return nil
	}
	t := list.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.ParenExpr:
			t = x.X
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x
		default:
			return nil
		}
	}
}
