using Orchestrator.TestServices;

namespace Orchestrator.Architecture.Tests;

/// <summary>A file's name says what is in it: two of one name are two words for one thing, or one word for two.</summary>
public sealed class FileNameTests
{
    [Fact]
    public void No_two_source_files_of_the_program_have_the_same_name()
    {
        var files = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories).ToArray();
        Assert.NotEmpty(files);

        var twice = files.GroupBy(Path.GetFileName).Where(g => g.Count() > 1).Select(g => string.Join(" and ", g));

        Assert.Empty(twice);
    }
}
