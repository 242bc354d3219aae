namespace Orchestrator.Platform.Tests;

public sealed class PlatformTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("orchestrator-platform-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_folder_that_is_there_is_flushed_and_one_that_is_not_is_refused_with_its_name_and_the_reason()
    {
        IPlatform.Current.FlushFolder(_folder);
        var missing = Path.Combine(_folder, "missing");
        var error = Assert.Throws<IOException>(() => IPlatform.Current.FlushFolder(missing));
        Assert.Contains(missing, error.Message);
        Assert.Contains("No such file", error.Message);
    }

    [Fact]
    public void A_file_that_is_no_library_is_refused_with_the_reason()
    {
        var text = Path.Combine(_folder, IPlatform.Current.LibraryFile("text"));
        File.WriteAllText(text, "not a library");
        Assert.NotEmpty(Assert.Throws<LibraryRefusedException>(() => IPlatform.Current.LoadLibrary(text)).Message);
    }

    [Fact]
    public void The_loading_order_names_libraries_of_this_platform_alone()
    {
        var end = Path.GetExtension(IPlatform.Current.LibraryFile("x"));
        Assert.Contains(IPlatform.Current.LibraryFile("torch_cpu"), IPlatform.Current.TorchLoadOrder);
        Assert.All(IPlatform.Current.TorchLoadOrder, pattern => Assert.Contains(end, pattern));
    }
}
