using Orchestrator.Contracts.Runs;

namespace Orchestrator.Specification.Tests;

public sealed class RecipeTests
{
    private static readonly string Recipes = Path.Combine(AppContext.BaseDirectory, "recipes");

    [Fact]
    public void Quickstart_is_two_depths_by_five_seeds()
    {
        var reading = SweepFile.Load(Path.Combine(Recipes, "quickstart.yaml"), TestContext.Current.CancellationToken);

        Assert.True(reading.Succeeded, reading.Message);
        var sweep = reading.Value.Sweep;
        Assert.Equal((10, 2), (sweep.Count, sweep.GridPoints));
        Assert.Equal([1, 2, 1, 2, 1, 2, 1, 2, 1, 2], Enumerable.Range(0, 10).Select(i => ((ModelConfiguration)sweep.RunAt(i).Model).Layers));
        Assert.Equal([0, 0, 1, 1, 2, 2, 3, 3, 4, 4], Enumerable.Range(0, 10).Select(i => (int)sweep.RunAt(i).Seed));
    }

    [Fact]
    public void Every_recipe_is_valid_once_its_text_is_in_place()
    {
        var folder = Directory.CreateTempSubdirectory("recipes-");
        Directory.CreateDirectory(Path.Combine(folder.FullName, "data"));
        File.WriteAllText(Path.Combine(folder.FullName, "data", "input.txt"), string.Concat(Enumerable.Repeat("All the world's a stage.\n", 1000)));
        var recipes = Directory.GetFiles(Recipes, "*.yaml");
        Assert.NotEmpty(recipes);

        Assert.All(recipes, recipe =>
        {
            var copy = Path.Combine(folder.FullName, Path.GetFileName(recipe));
            File.Copy(recipe, copy);
            var reading = SweepFile.Load(copy, TestContext.Current.CancellationToken);
            Assert.True(reading.Succeeded, reading.Message);
            Assert.Equal(Path.GetFileNameWithoutExtension(recipe), reading.Value.Sweep.Name);
        });
        folder.Delete(recursive: true);
    }

    [Fact]
    public void The_text_recipe_reads_bytes_with_a_vocabulary_of_257()
    {
        var folder = Directory.CreateTempSubdirectory("recipes-");
        Directory.CreateDirectory(Path.Combine(folder.FullName, "data"));
        File.WriteAllText(Path.Combine(folder.FullName, "data", "input.txt"), new string('x', 5000));
        File.Copy(Path.Combine(Recipes, "shakespeare-bytes.yaml"), Path.Combine(folder.FullName, "a.yaml"));

        var sweep = SweepFile.Load(Path.Combine(folder.FullName, "a.yaml"), TestContext.Current.CancellationToken).Value!.Sweep;

        Assert.Equal(257, ((DataConfiguration)sweep.RunAt(0).Data).Vocab);
        Assert.Equal(TokenizerKind.Bytes, ((Text)((DataConfiguration)sweep.RunAt(0).Data).Parts[0]).Tokenizer.Kind);
        folder.Delete(recursive: true);
    }

    /// <summary>What a recipe says that it gives stands beside the query that gives it (<c>eng/recipes.sh</c> asks them).</summary>
    [Fact]
    public void Every_recipe_with_measured_numbers_says_how_to_check_them()
    {
        foreach (var file in Directory.GetFiles(Recipes, "*.yaml"))
        {
            var lines = File.ReadAllLines(file);
            var name = Path.GetFileNameWithoutExtension(file);
            var checks = lines.Where(line => line.StartsWith("# check ", StringComparison.Ordinal)).ToArray();
            Assert.True(checks.Length > 0 || !lines.Any(line => line.StartsWith("# Measured", StringComparison.Ordinal)) || name is "superposition" or "shakespeare-bytes", $"{name} claims numbers and says not how to check them");
            Assert.All(checks, check => Assert.Matches($@"^# check -?[0-9.]+ \+- [0-9.]+: select .*sweep_name = '{name}'", check));
        }
    }
}
