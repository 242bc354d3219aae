using System.Text.RegularExpressions;
using Orchestrator.TestServices;

namespace Orchestrator.Architecture.Tests;

/// <summary>What belongs to an operating system stands in <c>src/Platform</c>: another system is one more class there.</summary>
public sealed partial class PlatformTests
{
    [Fact]
    public void What_belongs_to_an_operating_system_stands_in_one_folder()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories).ToArray();
        Assert.NotEmpty(sources);

        var found = sources.Where(file => !file.Contains("/src/Platform/", StringComparison.Ordinal))
            .SelectMany(file => File.ReadLines(file).Select((line, i) => (File: file, Number: i + 1, Line: line)))
            .Where(at => OfOneSystem().IsMatch(at.Line))
            .Select(at => $"{at.File}:{at.Number}: {at.Line.Trim()}");

        Assert.Empty(found);
    }

    [Theory]
    [InlineData("[DllImport(\"c\")]")]
    [InlineData("[LibraryImport(Driver)]")]
    [InlineData("File.ReadAllText(\"/proc/meminfo\")")]
    [InlineData("\"/sys/fs/cgroup/memory.max\"")]
    [InlineData("\"libtorch.so\"")]
    [InlineData("\"libcuda.so.1\"")]
    [InlineData("\"libtorch.dylib\"")]
    [InlineData("if (OperatingSystem.IsLinux())")]
    [InlineData("RuntimeInformation.IsOSPlatform(OSPlatform.OSX)")]
    [InlineData("NativeLibrary.Load(path)")]
    public void The_rule_sees(string line) => Assert.Matches(OfOneSystem(), line);

    [GeneratedRegex("""DllImport\(|LibraryImport\(|NativeLibrary\.(Try)?(Load|Get)|"/proc\b|"/sys/|"/dev/(?!null")|"libc|\.so\b|\.dylib\b|OperatingSystem\.Is|OSPlatform|Environment\.OSVersion""")]
    private static partial Regex OfOneSystem();
}
