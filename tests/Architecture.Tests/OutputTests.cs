using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Orchestrator.TestServices;

namespace Orchestrator.Architecture.Tests;

/// <summary>What lies beside the program is what it runs with: a package that another asks for and nothing refers to is left out by Directory.Packages.props.</summary>
public sealed class OutputTests
{
    private static readonly string Folder = Path.GetDirectoryName(BuiltProgram.Path)!;
    private static readonly string Runtimes = Path.Combine(Folder, "runtimes");

    [Fact]
    public void Every_library_beside_the_program_is_referred_to_by_it_or_by_what_it_refers_to()
    {
        var there = Directory.EnumerateFiles(Folder, "*.dll").Select(Path.GetFileNameWithoutExtension).OfType<string>().ToHashSet();
        var reached = new HashSet<string> { "orchestrator", "SQLitePCLRaw.batteries_v2" }; // Microsoft.Data.Sqlite loads the second by its name
        var open = new Queue<string>(reached);
        while (open.TryDequeue(out var library))
        {
            foreach (var reference in References(library).Where(there.Contains).Where(reached.Add))
            {
                open.Enqueue(reference);
            }
        }
        Assert.Contains("TorchSharp", reached);

        Assert.Empty(there.Except(reached).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Native_libraries_are_there_for_the_platforms_that_are_served_and_for_no_other() =>
        Assert.Equal(
            ["linux-x64/native/libduckdb.so", "linux-x64/native/libe_sqlite3.so", "osx-arm64/native/libe_sqlite3.dylib"],
            Directory.EnumerateFiles(Runtimes, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Runtimes, file)).Order(StringComparer.Ordinal));

    [Fact]
    public void No_folder_of_translations_lies_beside_the_program() =>
        Assert.Empty(Directory.EnumerateFiles(Folder, "*.resources.dll", SearchOption.AllDirectories));

    private static List<string> References(string library)
    {
        using var image = new PEReader(File.OpenRead(Path.Combine(Folder, library + ".dll")));
        var metadata = image.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }
}
