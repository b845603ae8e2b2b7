package print

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/model/kubeapi"
)

// typesLister prints the types of objects.
type typesLister struct {
	*app
	rev        string
	group      string
	namespaced bool
	categories []string
	sortBy     string
	noHeaders  bool

	ofGroup, ofScope bool // the flags group and namespaced were given
}

func (a *app) apiResourcesCmd() *cobra.Command {
	l := &typesLister{app: a}
	c := &cobra.Command{
		Use: "api-resources", Short: "List the types of objects: Kubernetes' own, and those that the store defines", Args: cobra.NoArgs, Annotations: formats("text wide name json"),
		Long: "Prints the types of objects that can be named: those of Kubernetes that this build knows, and those that the store's\n" +
			"CustomResourceDefinitions define, with the columns of kubectl api-resources.",
		Example: "  etcdscope api-resources --demo\n  etcdscope api-resources --api-group shop.example.com -o wide --demo\n  etcdscope api-resources --namespaced=false -o name --demo",
		RunE: func(cmd *cobra.Command, _ []string) error {
			l.ofGroup, l.ofScope = cmd.Flags().Changed("api-group"), cmd.Flags().Changed("namespaced")
			return l.run(cmd.Context())
		},
	}
	f := c.Flags()
	f.StringVar(&l.rev, "rev", "", "as of this revision, time or duration ago")
	f.StringVar(&l.group, "api-group", "", "only those of this group; \"\" is the core group")
	f.BoolVar(&l.namespaced, "namespaced", true, "only those that live in namespaces; with =false only the others")
	f.StringSliceVar(&l.categories, "categories", nil, "only those of these categories: all, api-extensions")
	f.StringVar(&l.sortBy, "sort-by", "", "name or kind; left out: by group")
	f.BoolVar(&l.noHeaders, "no-headers", false, "without the heads of the columns")
	return c
}

func (l *typesLister) run(ctx context.Context) error {
	if l.sortBy != "" && l.sortBy != "name" && l.sortBy != "kind" {
		return usage("sort by %s: types are sorted by name or kind; give one of these to --sort-by", clean.Key([]byte(l.sortBy)))
	}
	when, err := readMoment("--rev", l.rev)
	if err != nil {
		return err
	}
	s, err := l.open(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	rev, err := s.at(ctx, "--rev", when)
	if err != nil {
		return err
	}
	list, err := kubeapi.Resources(ctx, s.Known, s.Source, rev)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(r metav1.APIResource) bool { return !l.wanted(&r) })
	if len(list) == 0 {
		return no("list the types: none is like that%s; leave the flags out to see all", at(rev))
	}
	l.sort(list)
	return l.print(list)
}

// wanted reports whether the flags ask for a type.
func (l *typesLister) wanted(r *metav1.APIResource) bool {
	for _, c := range l.categories {
		if !slices.Contains(r.Categories, c) {
			return false
		}
	}
	return (!l.ofGroup || l.group == r.Group) && (!l.ofScope || l.namespaced == r.Namespaced)
}

// sort brings types into kubectl's order.
func (l *typesLister) sort(list []metav1.APIResource) {
	by := func(r *metav1.APIResource) string { return r.Group }
	switch l.sortBy {
	case "name":
		by = func(r *metav1.APIResource) string { return r.Name }
	case "kind":
		by = func(r *metav1.APIResource) string { return r.Kind }
	}
	slices.SortStableFunc(list, func(a, b metav1.APIResource) int {
		return cmp.Or(cmp.Compare(by(&a), by(&b)), cmp.Compare(a.Name, b.Name))
	})
}

// typeLine is a type as JSON.
type typeLine struct {
	Name       string   `json:"name"`
	Singular   string   `json:"singularName,omitempty"`
	ShortNames []string `json:"shortNames,omitempty"`
	APIVersion string   `json:"apiVersion"`
	Namespaced bool     `json:"namespaced"`
	Kind       string   `json:"kind"`
	Verbs      []string `json:"verbs"`
	Categories []string `json:"categories,omitempty"`
}

func (l *typesLister) print(list []metav1.APIResource) error {
	wide := l.flags.format == "wide"
	lines := [][]string{{"NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"}}
	if wide {
		lines[0] = append(lines[0], "VERBS", "CATEGORIES")
	}
	for i := range list {
		r := &list[i]
		version := strings.TrimPrefix(r.Group+"/"+r.Version, "/")
		switch l.flags.format {
		case "name":
			if err := l.out.line(clean.Key([]byte(strings.TrimSuffix(r.Name+"."+r.Group, ".")))); err != nil {
				return err
			}
			continue
		case "json":
			if err := l.out.json(typeLine{r.Name, r.SingularName, r.ShortNames, version, r.Namespaced, r.Kind, r.Verbs, r.Categories}); err != nil {
				return err
			}
			continue
		}
		line := []string{r.Name, strings.Join(r.ShortNames, ","), version, fmt.Sprint(r.Namespaced), r.Kind}
		if wide {
			line = append(line, strings.Join(r.Verbs, ","), strings.Join(r.Categories, ","))
		}
		for j := range line {
			line[j] = clean.Key([]byte(line[j]))
		}
		lines = append(lines, line)
	}
	if l.noHeaders {
		lines = lines[1:]
	}
	if contains("name json", l.flags.format) {
		return nil
	}
	return l.out.rows(lines, !l.noHeaders)
}
