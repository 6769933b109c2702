use super::*;

/// A tree with `/box`, in which the guest may do as it likes.
fn tree() -> (Tree, NodeId) {
    let mut tree = Tree::new(100, 60);
    let own = tree.fixed_folder("/box");
    tree.release(own);
    (tree, own)
}

fn file(tree: &mut Tree, path: &str) -> NodeId {
    let place = tree.resolve(ROOT, path.as_bytes(), true).unwrap();
    tree.make_file(place.folder, &place.name, 1).unwrap()
}

fn place(tree: &Tree, path: &str) -> Place {
    tree.resolve(ROOT, path.as_bytes(), false).unwrap()
}

#[test]
fn no_path_leads_out() {
    let (mut tree, own) = tree();
    let id = file(&mut tree, "/box/a");
    for path in ["a", "./a", "../box/a", "../../../box/a", "//box/./a", "/../box/../box/a"] {
        assert_eq!(tree.find(own, path.as_bytes(), true), Ok(id), "{path}");
    }
    for path in ["../a", "/a", "a/", "b/a", "a/.."] {
        assert!(tree.find(own, path.as_bytes(), true).is_err(), "{path}");
    }
}

#[test]
fn links_are_followed_and_loops_end() {
    let (mut tree, own) = tree();
    let id = file(&mut tree, "/box/a");
    tree.make_link(own, b"absolute", b"/box/a".to_vec(), 0).unwrap();
    tree.make_link(own, b"relative", b"../box/./a".to_vec(), 0).unwrap();
    tree.make_link(own, b"folder", b".".to_vec(), 0).unwrap();
    tree.make_link(own, b"loop", b"loop".to_vec(), 0).unwrap();
    for path in ["absolute", "relative", "folder/folder/a"] {
        assert_eq!(tree.find(own, path.as_bytes(), true), Ok(id), "{path}");
    }
    assert_eq!(tree.find(own, b"loop", true), Err(Errno::Loop));
    assert_ne!(tree.find(own, b"absolute", false), Ok(id));
}

#[test]
fn what_is_the_interpreters_stays() {
    let (mut tree, own) = tree();
    let usr = tree.fixed_folder("/usr/lib");
    assert_eq!(tree.make_file(usr, b"x", 0), Err(Errno::Access));
    assert_eq!(tree.make_folder(ROOT, b"x", 0), Err(Errno::Access));
    let from = place(&tree, "/usr/lib");
    assert_eq!(tree.remove_folder(&from, 0), Err(Errno::Access));
    assert_eq!(tree.rename(&from, &place(&tree, "/box/x"), 0), Err(Errno::Access));
    assert_eq!(tree.remove_folder(&place(&tree, "/box"), 0), Err(Errno::Access));
    assert!(tree.is_folder(own));
}

#[test]
fn files_grow_up_to_their_limits() {
    let (mut tree, _) = tree();
    let (a, b) = (file(&mut tree, "/box/a"), file(&mut tree, "/box/b"));
    assert_eq!(tree.write(a, 50, &[1; 20], 1), Ok(10), "only what fits into a file");
    assert_eq!(tree.write(a, 60, &[1], 1), Err(Errno::FileTooBig));
    assert_eq!(tree.set_size(a, u64::MAX, 1), Err(Errno::FileTooBig));
    assert_eq!(tree.write(b, 0, &[1; 41], 1), Err(Errno::NoSpace));
    assert_eq!(tree.write(b, 0, &[1; 40], 1), Ok(40));
    tree.set_size(a, 0, 1).unwrap();
    assert_eq!(tree.write(b, 40, &[1; 20], 1), Ok(20), "room given back is there again");
}

#[test]
fn a_file_without_names_lives_until_it_is_closed() {
    let (mut tree, own) = tree();
    let id = file(&mut tree, "/box/a");
    tree.write(id, 0, b"text", 1).unwrap();
    tree.open(id);
    tree.unlink(&place(&tree, "/box/a"), 2).unwrap();
    let mut bytes = [0; 9];
    assert_eq!(tree.read(id, 1, &mut bytes), Ok(3));
    assert_eq!(tree.used, 4);
    tree.close(id);
    assert_eq!(tree.used, 0);
    assert_eq!(tree.find(own, b"a", true), Err(Errno::NoEntry));
}

#[test]
fn a_folder_cannot_move_into_itself() {
    let (mut tree, own) = tree();
    let a = tree.make_folder(own, b"a", 0).unwrap();
    tree.make_folder(a, b"b", 0).unwrap();
    let (from, to) = (place(&tree, "/box/a"), place(&tree, "/box/a/b/c"));
    assert_eq!(tree.rename(&from, &to, 0), Err(Errno::Invalid));
    assert_eq!(tree.remove_folder(&from, 0), Err(Errno::NotEmpty));
    let to = place(&tree, "/box/z");
    tree.rename(&from, &to, 0).unwrap();
    assert!(tree.find(own, b"z/b/../../z/b", true).is_ok());
}

#[test]
fn there_is_an_end_to_the_number_of_files() {
    let (mut tree, own) = tree();
    let made = (0..2 * MOST_NODES)
        .take_while(|n| tree.make_file(own, n.to_string().as_bytes(), 0).is_ok());
    assert!(made.count() < MOST_NODES);
}

#[test]
fn a_deep_tree_is_dropped_without_recursion() {
    let (mut tree, mut at) = tree();
    while let Ok(next) = tree.make_folder(at, b"d", 0) {
        at = next;
    }
}
