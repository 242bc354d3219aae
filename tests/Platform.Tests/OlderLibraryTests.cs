using Orchestrator.TestServices;

namespace Orchestrator.Platform.Tests;

/// <summary>With the real library, if the build of src/Kernels links it.</summary>
public sealed class OlderLibraryTests : IDisposable
{
    private static readonly string Bridge = Path.Combine(Repository.Root, "artifacts", "native", "cpu", "libLibTorchSharp.so");
    private readonly string _folder = Directory.CreateTempSubdirectory("orchestrator-platform-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_patch_changes_one_bit_of_the_real_library_and_only_once()
    {
        var original = File.ReadAllBytes(Bridge);
        var patched = original.ToArray();
        Assert.Equal(1, ElfFile.MakeWeak(patched, OlderLibrary.UnusedVersion));
        var changed = Enumerable.Range(0, original.Length).Where(i => original[i] != patched[i]).ToArray();
        Assert.Equal(original[Assert.Single(changed)] | 2, patched[changed[0]]);
        Assert.Equal(0, ElfFile.MakeWeak(patched, OlderLibrary.UnusedVersion));
        Assert.Equal(0, ElfFile.MakeWeak(patched, "GLIBCXX_9.9.99"));
    }

    [Fact]
    public void A_file_that_is_no_library_or_a_torn_one_is_refused()
    {
        Assert.Throws<BadImageFormatException>(() => ElfFile.MakeWeak(new byte[4096], OlderLibrary.UnusedVersion));
        var torn = File.ReadAllBytes(Bridge)[..8192];
        Assert.Throws<BadImageFormatException>(() => ElfFile.MakeWeak(torn, OlderLibrary.UnusedVersion));
    }

    [Fact]
    public void The_patched_copy_goes_to_the_next_folder_where_the_first_cannot_be_written()
    {
        var file = Path.Combine(_folder, "a-file-where-a-folder-should-be");
        File.WriteAllText(file, "");
        var cache = Path.Combine(_folder, "cache");
        var copy = OlderLibrary.PatchedCopy(Bridge, [file, cache]);
        Assert.Equal(cache, Path.GetDirectoryName(copy));
        Assert.Equal(copy, OlderLibrary.PatchedCopy(Bridge, [cache]));
        Assert.Equal([copy], Directory.GetFiles(cache));
        var error = Assert.Throws<LibraryRefusedException>(() => OlderLibrary.PatchedCopy(Bridge, [file]));
        Assert.Contains(file, error.Message);
    }
}
