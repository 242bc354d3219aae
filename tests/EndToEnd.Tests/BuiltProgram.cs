namespace Orchestrator.EndToEnd.Tests;

/// <summary>The program as the build of this test project left it.</summary>
internal static class BuiltProgram
{
    /// <summary>Top of the repository.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The program, built in the configuration of these tests.</summary>
    public static string Path { get; } = Find();

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Orchestrator.sln")))
            {
                return folder.FullName;
            }
        }
        throw new InvalidOperationException($"no folder above {AppContext.BaseDirectory} holds Orchestrator.sln: run these tests from where they were built");
    }

    private static string Find()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name; // artifacts/bin/EndToEnd.Tests/release
        var program = System.IO.Path.Combine(Repository, "artifacts", "bin", "Cli", configuration, "orchestrator.dll");
        return File.Exists(program)
            ? program
            : throw new InvalidOperationException($"{program} is missing: build it with dotnet build src/Cli -c {configuration}");
    }
}
