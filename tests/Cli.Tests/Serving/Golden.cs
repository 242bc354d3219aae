namespace Orchestrator.Cli.Tests.Serving;

/// <summary>Compares text with a file under Goldens. Set UPDATE_GOLDENS=1 to write what is printed now, then read the difference.</summary>
internal static class Golden
{
    public static void Check(string name, string actual)
    {
        var path = Path.Combine(Repository.Root, "tests", "Cli.Tests", "Goldens", name);
        var text = string.Join('\n', actual.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())).TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDENS") == "1")
        {
            File.WriteAllText(path, text);
        }
        Assert.True(File.Exists(path), $"{path} is missing: run the tests with UPDATE_GOLDENS=1");
        Assert.Equal(File.ReadAllText(path), text);
    }
}
