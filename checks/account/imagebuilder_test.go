package account

import (
	"errors"
	"slices"
	"testing"
	"time"
)

const here = "arn:aws:imagebuilder:eu-west-1:111122223333:"

// built is what one run read of a Region.
func built(at time.Time, ib ImageBuilder) *Inventory {
	return &Inventory{ReadAt: at, Accounts: map[string]*Account{"111122223333": {ImageBuilder: map[string]*ImageBuilder{"eu-west-1": &ib}}}}
}

func readOf(inv *Inventory) *ImageBuilder {
	return inv.Accounts["111122223333"].ImageBuilder["eu-west-1"]
}

func reasonOf(err error) Reason {
	var why Unread
	errors.As(err, &why)
	return why.Reason
}

// A list that lacks what a pipeline uses is not complete.
func TestPipelinesUseWhatExists(t *testing.T) {
	for name, test := range map[string]struct {
		pipeline                                      Pipeline
		distributions, imageRecipes, containerRecipes Reason
	}{
		"all is listed":       {Pipeline{Recipe: here + "image-recipe/web/1.0.0", Distribution: here + "distribution-configuration/d"}, "", "", ""},
		"a container":         {Pipeline{Recipe: here + "container-recipe/app/1.0.0"}, "", "", ""},
		"no distribution":     {Pipeline{Recipe: here + "image-recipe/web/1.0.0", Distribution: here + "distribution-configuration/other"}, Contradicted, "", ""},
		"no image recipe":     {Pipeline{Recipe: here + "image-recipe/web/1.0.1"}, "", Contradicted, ""},
		"no container recipe": {Pipeline{Recipe: here + "container-recipe/other/1.0.0"}, "", "", Contradicted},
		"a recipe's newest":   {Pipeline{Recipe: here + "image-recipe/other/1.x.x"}, "", "", ""},
		"a recipe of another": {Pipeline{Recipe: "arn:aws:imagebuilder:eu-west-1:222233334444:image-recipe/web/1.0.1"}, "", "", ""},
		"neither of which":    {Pipeline{}, "", "", ""},
	} {
		test.pipeline.ARN, test.pipeline.Name = here+"image-pipeline/nightly", "nightly"
		inv := built(time.Time{}, ImageBuilder{
			Pipelines:        Complete([]Pipeline{test.pipeline}),
			Distributions:    Complete([]Distribution{{ARN: here + "distribution-configuration/d", Settings: Present([]DistributionSettings{})}}),
			ImageRecipes:     Complete([]ImageRecipe{{ARN: here + "image-recipe/web/1.0.0"}}),
			ContainerRecipes: Complete([]ContainerRecipe{{ARN: here + "container-recipe/app/1.0.0", Repository: Present("app")}}),
		})
		inv.Reconcile()
		ib := readOf(inv)
		got := []Reason{reasonOf(ib.Distributions.Err()), reasonOf(ib.ImageRecipes.Err()), reasonOf(ib.ContainerRecipes.Err())}
		if want := []Reason{test.distributions, test.imageRecipes, test.containerRecipes}; !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		if len(ib.Distributions.Items()) != 1 || len(ib.ImageRecipes.Items()) != 1 || len(ib.ContainerRecipes.Items()) != 1 {
			t.Errorf("%s: what was listed is lost", name)
		}
	}
}

// A list that was not read contradicts nothing, and stays as it is.
func TestPipelinesAndUnreadLists(t *testing.T) {
	denied := Unread{Reason: AccessDenied, Action: "imagebuilder:ListImageRecipes"}
	inv := built(time.Time{}, ImageBuilder{
		Pipelines:    Complete([]Pipeline{{ARN: here + "image-pipeline/n", Recipe: here + "image-recipe/web/1.0.0", Distribution: here + "distribution-configuration/d"}}),
		ImageRecipes: Partial([]ImageRecipe{}, denied),
	})
	inv.Reconcile()
	if ib := readOf(inv); !errors.Is(ib.ImageRecipes.Err(), denied) || !ib.Distributions.IsZero() {
		t.Errorf("%v, %v", ib.ImageRecipes.Err(), ib.Distributions.Err())
	}
}

// Pipelines and image recipes are shown to a check that needs them, and kept if a later run
// did not read them. A run that could not read them has a gap.
func TestPipelinesAndImageRecipes(t *testing.T) {
	denied := Unread{Reason: AccessDenied}
	read := ImageBuilder{
		Pipelines: Complete([]Pipeline{{ARN: here + "image-pipeline/n"}}), ImageRecipes: Complete([]ImageRecipe{{ARN: here + "image-recipe/web/1.0.0"}}),
	}
	refused := ImageBuilder{Pipelines: Partial[Pipeline](nil, denied), ImageRecipes: Partial[ImageRecipe](nil, denied)}
	is := func(ib *ImageBuilder) [2]int {
		return [2]int{len(ib.Pipelines.Items()), len(ib.ImageRecipes.Items())}
	}

	for name, test := range map[string]struct {
		newer ImageBuilder
		want  [2]int
	}{
		"not collected": {ImageBuilder{}, [2]int{1, 1}},
		"refused":       {refused, [2]int{1, 1}},
		"all deleted":   {ImageBuilder{Pipelines: Complete([]Pipeline{}), ImageRecipes: Complete([]ImageRecipe{})}, [2]int{}},
		"one deleted":   {ImageBuilder{Pipelines: Complete([]Pipeline{})}, [2]int{0, 1}},
	} {
		if got := is(readOf(Merge(built(time.Unix(2, 0), test.newer), built(time.Unix(1, 0), read)))); got != test.want {
			t.Errorf("%s: %v pipelines and recipes, want %v", name, got, test.want)
		}
	}

	for needs, want := range map[Part][2]int{PipelinesPart: {1, 0}, ImageRecipesPart: {0, 1}, ImagesPart: {}} {
		ib := built(time.Time{}, read).Accounts["111122223333"].Only(map[Part]bool{needs: true}).ImageBuilder["eu-west-1"]
		if got := is(ib); got != want || ib.Pipelines.IsZero() != (want[0] == 0) || ib.ImageRecipes.IsZero() != (want[1] == 0) {
			t.Errorf("with %s: %v, want %v", needs, got, want)
		}
	}

	var gaps []Part
	for _, gap := range built(time.Time{}, refused).Gaps() {
		gaps = append(gaps, gap.Part)
	}
	if !slices.Equal(gaps, []Part{PipelinesPart, ImageRecipesPart}) || len(built(time.Time{}, read).Gaps()) != 0 {
		t.Errorf("gaps: %v", gaps)
	}
}
