namespace Orchestrator.TestServices;

/// <summary>Programs as the build of this test project left them, in the configuration of these tests.</summary>
public static class BuiltProgram
{
    /// <summary>The program itself.</summary>
    public static string Path { get; } = PathOf("Cli", "orchestrator.dll");

    /// <summary>The program of another project, such as a bench.</summary>
    public static string PathOf(string project, string? file = null)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name; // artifacts/bin/PROJECT/release
        var program = System.IO.Path.Combine(Repository.Root, "artifacts", "bin", project, configuration, file ?? $"Orchestrator.{project}.dll");
        return File.Exists(program)
            ? program
            : throw new InvalidOperationException($"{program} is missing: build its project with -c {configuration}");
    }
}
