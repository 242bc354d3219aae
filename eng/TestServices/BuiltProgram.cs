namespace Orchestrator.TestServices;

/// <summary>The program as the build of this test project left it.</summary>
public static class BuiltProgram
{
    /// <summary>The program, built in the configuration of these tests.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name; // artifacts/bin/PROJECT/release
        var program = System.IO.Path.Combine(Repository.Root, "artifacts", "bin", "Cli", configuration, "orchestrator.dll");
        return File.Exists(program)
            ? program
            : throw new InvalidOperationException($"{program} is missing: build it with dotnet build src/Cli -c {configuration}");
    }
}
