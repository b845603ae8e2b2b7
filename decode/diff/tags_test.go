package diff

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"k8s.io/client-go/kubernetes/scheme"
)

// older are lists that strategic merge names by a key, and server-side apply takes as a whole: what names their items
// is found among the candidates.
var older = map[string]bool{"hostIPs": true}

// TestListsAgainstStructTags holds the table against the patchMergeKey tags of the types that client-go registers: each
// list that has one must be named in the table, and the tag's key must be among its keys.
func TestListsAgainstStructTags(t *testing.T) {
	checked := 0
	for gvk, typ := range scheme.Scheme.AllKnownTypes() {
		if gvk.Version == "__internal" {
			continue
		}
		at := builtinTypes()[typeName(gvk.GroupVersion().String(), gvk.Kind)]
		if at == nil {
			continue // a list, or options
		}
		walkTags(t, gvk.Kind, typ, at, &checked, 0)
	}
	if checked < 500 {
		t.Errorf("only %d lists were compared", checked)
	}
}

func walkTags(t *testing.T, path string, typ reflect.Type, at *listType, checked *int, depth int) {
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || depth > 12 {
		return
	}
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if strings.Contains(opts, "inline") {
			walkTags(t, path, f.Type, at, checked, depth+1)
			continue
		}
		sub := at.field(name)
		key := f.Tag.Get("patchMergeKey")
		if f.Type.Kind() == reflect.Slice && key != "" && !older[name] {
			*checked++
			if sub == nil || !slices.Contains(sub.keys, key) {
				t.Errorf("%s.%s: the tag names items by %s, the table by %v", path, name, key, sub)
			}
		}
		if sub != nil && f.Type.Kind() == reflect.Slice {
			walkTags(t, path+"."+name, f.Type.Elem(), sub.item(), checked, depth+1)
		} else if sub != nil {
			walkTags(t, path+"."+name, f.Type, sub, checked, depth+1)
		}
	}
}
