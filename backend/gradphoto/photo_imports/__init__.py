"""照片批次: photos by the thousand, from a ZIP, a folder or a camera, each file to its row by the way of `photos`.

reading/    a ZIP or a folder -> files in the order of the camera, each with its fault
camera/     what a camera tells: slate, clock, the order of shots

service, incoming   an import and its pieces       entry, job        one file; all of them, from where it stopped
reading_service     whose turn it is to read       order_service     the order against the room's record
frames              asks `camera`, confined        release_service   a frozen stretch, let go and taken back
"""
